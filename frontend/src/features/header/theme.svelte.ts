/** Light or dark: the reader's choice, else what the system prefers. */
export class Theme {
  dark = $state(false);

  constructor(private readonly root: HTMLElement) {
    const chosen = stored();
    this.dark = chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    this.show();
  }

  toggle(): void {
    this.dark = !this.dark;
    try {
      localStorage.setItem("theme", this.dark ? "dark" : "light");
    } catch {
      // A page without storage keeps the choice until it closes.
    }
    this.show();
  }

  private show(): void {
    this.root.dataset.theme = this.dark ? "dark" : "light";
  }
}

function stored(): string | null {
  try {
    return localStorage.getItem("theme");
  } catch {
    return null;
  }
}
