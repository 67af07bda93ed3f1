import { ref } from "vue";

const STEP = 10_000;

/** The time that "3 minutes ago" is reckoned from; moves every ten seconds. */
export const now = ref(Date.now());

setInterval(() => (now.value = Date.now()), STEP);
