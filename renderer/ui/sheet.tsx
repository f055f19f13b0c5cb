/** A sheet over the window: the browser's own modal dialog, so that focus stays inside and Escape closes. */
import { useLayoutEffect, useRef, type ReactNode } from 'react';
import './sheet.css';

interface SheetProps {
  label: string;
  onClose: () => void;
  children: ReactNode;
  /** Covers the whole window. */
  full?: boolean;
}

export function Sheet({ label, onClose, children, full = false }: SheetProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  useLayoutEffect(() => {
    const element = dialog.current;
    if (element !== null && !element.open) element.showModal();
    return () => {
      // Closed before it leaves the page, the focus goes back to where it was; a field there has lost its selection meanwhile.
      element?.close();
      if (document.activeElement instanceof HTMLInputElement) document.activeElement.select();
    };
  }, []);
  return (
    <dialog
      ref={dialog}
      className={full ? 'sheet sheet-full' : 'sheet'}
      aria-label={label}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
    >
      {children}
    </dialog>
  );
}
