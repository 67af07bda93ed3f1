"""A flame graph as plain SVG: a frame is as wide as the time that it and all it calls have used."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html import escape

from benchmarks.profiling.sampler import Stack
from benchmarks.profiling.stages import REST, STAGES, stage_of

WIDTH, ROW, LETTER = 1_200, 17, 6.6
LEAST = 0.003
"""Share of the whole below which a frame is left out."""
OUTSIDE = "asyncio/events.Handle._run"
"""What stands outside of it is the same everywhere, and says nothing."""
COLOURS = dict(
    zip(
        (*STAGES, REST),
        ("#7fb3d5", "#f5b041", "#82c596", "#d98880", "#bb8fce", "#76d7c4", "#ccd1d1"),
        strict=True,
    )
)


@dataclass(slots=True)
class Frame:
    """A frame with all that it calls; `stack` tells its stage."""

    stack: Stack
    used: float = 0.0
    calls: "dict[str, Frame]" = field(default_factory=dict)


def svg(stacks: Mapping[Stack, float], title: str) -> str:
    """The picture, with a legend of the stages; hovering tells a frame's name and share."""
    root = _tree(stacks)
    boxes = list(_boxes(root, 0.0, 0, root.used))
    height = (max(box[0] for box in boxes) + 3) * ROW
    legend = "".join(
        f'<rect x="{8 + 190 * place}" y="{ROW + 4}" width="11" height="11" fill="{colour}"/>'
        f'<text x="{23 + 190 * place}" y="{ROW + 14}">{escape(stage.split(" (")[0])}</text>'
        for place, (stage, colour) in enumerate(COLOURS.items())
        if place < WIDTH // 190
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
        f'font-family="monospace" font-size="11"><rect width="{WIDTH}" height="{height}" '
        f'fill="#fff"/><text x="8" y="{ROW - 4}" font-weight="bold">{escape(title)}</text>{legend}'
        f"{''.join(box[1] for box in boxes)}</svg>\n"
    )


def _tree(stacks: Mapping[Stack, float]) -> Frame:
    root = Frame(("all",))
    for stack, used in stacks.items():
        inner = stack[stack.index(OUTSIDE) + 1 :] if OUTSIDE in stack else stack[-1:]
        frame = root
        frame.used += used
        for place, name in enumerate(inner):
            frame = frame.calls.setdefault(name, Frame(inner[: place + 1]))
            frame.used += used
    return root


def _boxes(frame: Frame, left: float, depth: int, whole: float) -> Iterator[tuple[int, str]]:
    yield depth, _box(frame, left, depth, whole)
    for name in sorted(frame.calls):
        called = frame.calls[name]
        if called.used >= LEAST * whole:
            yield from _boxes(called, left, depth + 1, whole)
        left += called.used


def _box(frame: Frame, left: float, depth: int, whole: float) -> str:
    x, width = left / whole * WIDTH, frame.used / whole * WIDTH
    name, y = frame.stack[-1], (depth + 2) * ROW + 4
    shown = name.partition("/")[2][: int(width / LETTER)] if width > 4 * LETTER else ""
    said = f"<title>{escape(name)} {frame.used / whole:.1%}</title>"
    text = f'<text x="{x + 2:.1f}" y="{y + 12}">{escape(shown)}</text>' if shown else ""
    return (
        f'<g>{said}<rect x="{x:.1f}" y="{y}" width="{max(width - 0.5, 0.5):.1f}" '
        f'height="{ROW - 1}" fill="{COLOURS[stage_of(frame.stack)]}"/>{text}</g>'
    )
