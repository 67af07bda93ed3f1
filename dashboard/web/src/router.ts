import { createRouter, createWebHistory } from "vue-router";

export const router = createRouter({
  history: createWebHistory(),
  routes: [
    { path: "/", name: "city", component: () => import("./pages/CityPage.vue") },
    {
      path: "/units/:code(\\d{12})",
      name: "unit",
      component: () => import("./pages/UnitPage.vue"),
      props: true,
    },
    {
      path: "/tasks/:id",
      name: "task",
      component: () => import("./pages/TaskPage.vue"),
      props: true,
    },
    { path: "/:missing(.*)*", name: "missing", component: () => import("./pages/MissingPage.vue") },
  ],
  scrollBehavior(to, from, saved) {
    return saved ?? (to.path === from.path ? false : { top: 0 });
  },
});

/** A new page begins at its beginning for the keyboard and for screen readers, too. */
router.afterEach((to, from) => {
  if (from.matched.length && to.path !== from.path) {
    document.getElementById("main")?.focus({ preventScroll: true });
  }
});
