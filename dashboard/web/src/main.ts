import { createApp, watchEffect } from "vue";
import App from "./App.vue";
import { language } from "./i18n";
import { router } from "./router";
import { loadCodes } from "./state/codes";
import { loadKinds } from "./state/kinds";
import { stayLive } from "./state/live";
import { watchReadiness } from "./state/readiness";
import { loadSources } from "./state/sources";
import "./styles/element";
import "./styles/tokens.css";
import "./styles/page.css";
import "./styles/tables.css";

watchEffect(() => {
  document.documentElement.lang = language.value === "en" ? "en" : "zh-CN";
});
stayLive();
watchReadiness();
// Without the names, codes are shown.
void Promise.allSettled([loadCodes(), loadKinds(), loadSources()]);
createApp(App).use(router).mount("#app");
