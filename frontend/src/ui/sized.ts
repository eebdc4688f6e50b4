import type { Attachment } from "svelte/attachments";

/**
 * Tells the size of an element's content once it is laid out, and again whenever it changes. Svelte's own bindings
 * ask for it while the page is being built, and each of them then costs a layout.
 */
export function sized(tell: (width: number, height: number) => void): Attachment<HTMLElement> {
  return (element) => {
    const observer = new ResizeObserver(([entry]) => {
      const { width, height } = entry!.contentRect;
      tell(Math.round(width), Math.round(height));
    });
    observer.observe(element);
    return () => observer.disconnect();
  };
}
