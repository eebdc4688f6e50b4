const growth_milliseconds = 280;

/** Where each station, rail or open room stands now. */
export function stationBoxes(stage: HTMLElement): Map<string, DOMRect> {
  const stations = stage.querySelectorAll<HTMLElement>("[data-station]");
  return new Map([...stations].map((one) => [one.dataset.station!, one.getBoundingClientRect()]));
}

/** Lets an empty sheet of paper grow from where each station stood to where it stands now; its content fades in. */
export function unfold(stage: HTMLElement, before: Map<string, DOMRect>): void {
  if (matchMedia("(prefers-reduced-motion: reduce)").matches) return;
  for (const station of stage.querySelectorAll<HTMLElement>("[data-station]")) {
    const from = before.get(station.dataset.station!);
    if (from) grow(stage, station, from);
  }
}

function grow(stage: HTMLElement, station: HTMLElement, from: DOMRect): void {
  const to = station.getBoundingClientRect();
  if (from.width === to.width && from.height === to.height) return;
  const origin = stage.getBoundingClientRect();
  const paper = document.createElement("div");
  paper.className = "panel";
  paper.style.cssText = "position: absolute; pointer-events: none";
  stage.prepend(paper);
  const place = ({ left, top, width, height }: DOMRect) => ({
    left: `${left - origin.left}px`,
    top: `${top - origin.top}px`,
    width: `${width}px`,
    height: `${height}px`,
  });
  const timing = { duration: growth_milliseconds, easing: "ease-out" };
  paper.animate([place(from), place(to)], timing).finished.then(
    () => paper.remove(),
    () => paper.remove(),
  );
  station.animate([{ opacity: 0 }, { opacity: 0, offset: 0.5 }, { opacity: 1 }], timing);
}
