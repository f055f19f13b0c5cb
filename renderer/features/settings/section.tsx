/** A part of the settings with its heading. */
import { useId, type ReactNode } from 'react';

export function Section({ title, children }: { title: string; children: ReactNode }) {
  const id = useId();
  return (
    <section className="settings-section" aria-labelledby={id}>
      <h2 className="settings-heading" id={id}>
        {title}
      </h2>
      <div className="settings-card">{children}</div>
    </section>
  );
}
