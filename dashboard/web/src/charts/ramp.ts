/** Few to many, light on the page's ground: black or white text reads on every step. */
export function ramp(dark: boolean): string[] {
  return dark ? ["#233245", "#2b4a70", "#35639b"] : ["#e3edf8", "#b9d2ee", "#8fb6e2"];
}
