// Makes a field as high as its text, up to a part of the window.
import { useLayoutEffect } from 'preact/hooks';

const part = 0.4;

export function useGrowing(
  field: { readonly current: HTMLTextAreaElement | null },
  text: string,
): void {
  useLayoutEffect(() => {
    const box = field.current;
    if (box === null) return;
    box.style.height = 'auto';
    box.style.height = `${Math.min(box.scrollHeight, innerHeight * part)}px`;
  }, [text]);
}
