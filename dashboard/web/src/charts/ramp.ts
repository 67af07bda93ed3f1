/** None to many in five steps; the text on them reads at 4.5:1 on every step. */
const LIGHT = ["#eef3f9", "#d6e4f4", "#bdd4ee", "#a3c3e7", "#89b2e0"];
const DARK = ["#1f2833", "#233245", "#284061", "#2d5080", "#335f9b"];

/** The tone of a number between 0 and the greatest of all; 0 alone has the first. */
export function tone(value: number, greatest: number, dark: boolean): string {
  const steps = dark ? DARK : LIGHT;
  const step = greatest > 0 ? Math.ceil((value / greatest) * (steps.length - 1)) : 0;
  return steps[step] ?? "";
}
