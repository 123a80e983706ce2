// What is embedded in the page: text of script elements that no browser runs.

/** The bytes of an element, which holds them as base64; `undefined` where it is not there. */
export function part(id) {
  const element = document.getElementById(id);
  if (!element) {
    return undefined;
  }
  const text = atob(element.textContent);
  // The text is needed no more, and may be long.
  element.remove();
  const bytes = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at += 1) {
    bytes[at] = text.charCodeAt(at);
  }
  return bytes;
}

/** What gzip has made of the bytes. */
export async function inflated(bytes) {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** Runs a script that puts what it has into the global object. */
export function run(source) {
  const script = document.createElement('script');
  script.textContent = source;
  document.head.append(script);
  script.remove();
}
