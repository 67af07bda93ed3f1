import { computed, ref, watchEffect } from "vue";
import { recall, remember } from "./storage";

export type Theme = "auto" | "light" | "dark";
export const themes: Theme[] = ["auto", "light", "dark"];

const remembered = recall("theme") as Theme;
const system = matchMedia("(prefers-color-scheme: dark)");
const systemDark = ref(system.matches);
system.addEventListener("change", (event) => (systemDark.value = event.matches));

export const theme = ref<Theme>(themes.includes(remembered) ? remembered : "auto");
export const dark = computed(
  () => theme.value === "dark" || (theme.value === "auto" && systemDark.value),
);

watchEffect(() => document.documentElement.classList.toggle("dark", dark.value));

export function chooseTheme(choice: Theme): void {
  theme.value = choice;
  remember("theme", choice);
}
