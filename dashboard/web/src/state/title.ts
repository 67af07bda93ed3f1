import { watchEffect } from "vue";
import { t } from "../i18n";

/** The browser's title follows the page and the language. */
export function usePageTitle(title: () => string | undefined): void {
  watchEffect(() => {
    const text = title();
    document.title = text ? `${text} · ${t("app.name")}` : t("app.name");
  });
}
