export const words = {
  title: "Text Representation Generator",
  slots: (used: number, all: number, padding: number) => `${used} of ${all} slots used, ${padding} padding`,
  slot: (slot: number, text: string, id: number) => `slot ${slot + 1} · ${text} · id ${id}`,
  slots_label: "The slots of the text encoder",
  vectors: (slots: number, width: number) => `${slots} vectors × ${width} numbers`,
  cut: (text: string) => `Cut, because only 75 tokens fit: ${text}`,
  attention: {
    open: "Which word is read where",
  },
} as const;
