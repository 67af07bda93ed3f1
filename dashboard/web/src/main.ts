import { createApp } from "vue";
import App from "./App.vue";
import { router } from "./router";
import { loadKinds } from "./state/kinds";
import { stayLive } from "./state/live";
import "./styles/element";
import "./styles/tokens.css";
import "./styles/page.css";
import "./styles/tables.css";

void stayLive();
// Without the names, kinds are shown as codes.
void loadKinds().catch(() => undefined);
createApp(App).use(router).mount("#app");
