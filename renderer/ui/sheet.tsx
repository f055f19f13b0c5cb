/** A sheet over the window: the browser's own modal dialog, so that focus stays inside and Escape closes. */
import { useEffect, useRef, type ReactNode } from 'react';
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
  useEffect(() => {
    const element = dialog.current;
    if (element !== null && !element.open) element.showModal();
    return () => element?.close();
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
