/** One server-sent event, or a comment (type "", data "") that only shows the line is alive. */
export interface Message {
  type: string;
  data: string;
  id: string | null;
}

/**
 * Splits the text of an event stream (WHATWG HTML, 9.2) into messages; call it with each piece as
 * it comes. Written out because EventSource can't resume with Last-Event-ID after we closed it.
 */
export function messages(): (piece: string) => Message[] {
  let rest = "";
  return (piece) => {
    const text = rest + piece;
    const held = text.endsWith("\r") ? "\r" : ""; // its \n may come with the next piece
    const blocks = text
      .slice(0, text.length - held.length)
      .replace(/\r\n?/g, "\n")
      .split("\n\n");
    rest = (blocks.pop() ?? "") + held;
    return blocks.map(message);
  };
}

function message(block: string): Message {
  const found: Message = { type: "", data: "", id: null };
  const data: string[] = [];
  for (const line of block.split("\n")) {
    const [, name = "", value = ""] = /^([^:]*)(?::[ ]?(.*))?$/.exec(line) ?? [];
    if (name === "event") found.type = value;
    if (name === "data") data.push(value);
    if (name === "id") found.id = value;
  }
  found.data = data.join("\n");
  if (!found.type && data.length) found.type = "message";
  if (!data.length) found.type = ""; // Without data nothing is told.
  return found;
}
