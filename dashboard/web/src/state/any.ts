/** "any" in the address means no filter in the question. */
export const ANY = "any";
