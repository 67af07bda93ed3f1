import { computed, type WritableComputedRef } from "vue";
import { useRoute, useRouter } from "vue-router";

/**
 * One value of the address's query: what a list shows can be linked to, and going back works.
 * Setting it drops the names in `resets` (a new filter starts at the first page again).
 */
export function useQuery(
  name: string,
  standard: string,
  resets: string[] = [],
): WritableComputedRef<string> {
  const route = useRoute();
  const router = useRouter();
  return computed({
    get: () => {
      const value = route.query[name];
      return typeof value === "string" ? value : standard;
    },
    set: (value) => {
      const kept = Object.entries(route.query).filter(
        ([other]) => other !== name && !resets.includes(other),
      );
      const query = Object.fromEntries(kept);
      if (value !== standard && value !== "") query[name] = value;
      void router.replace({ query });
    },
  });
}
