import { onBeforeUnmount, onMounted, shallowRef, watch, type Ref } from "vue";
import { dark } from "../state/theme";
import { init, type ECharts } from "./echarts";

type Option = Parameters<ECharts["setOption"]>[0];

/** Draws `option()` into an element, again whenever it or the theme changes or the element's size. */
export function useChart(
  element: Readonly<Ref<HTMLElement | null>>,
  option: () => Option,
  opened: (chart: ECharts) => void = () => undefined,
): void {
  const chart = shallowRef<ECharts>();
  const size = new ResizeObserver(() => chart.value?.resize());

  onMounted(() => {
    if (!element.value) return;
    chart.value = init(element.value);
    opened(chart.value);
    size.observe(element.value);
  });
  watch(
    [chart, option, dark],
    () =>
      chart.value?.setOption(
        { textStyle: { fontFamily: styled("font") }, ...option() },
        { replaceMerge: ["series"] },
      ),
    { flush: "post" },
  );
  onBeforeUnmount(() => {
    size.disconnect();
    chart.value?.dispose();
  });
}

/** The value of one of our CSS properties, for a canvas can't read them. */
export function styled(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}
