/** A strip in a call: one sentence about what goes on around it, and what can be done about it. */
import type { ReactNode } from 'react';
import './call-strip.css';

interface CallStripProps {
  label: string;
  sentence: string;
  /** It went wrong: said at once. */
  alarm?: boolean;
  children?: ReactNode;
}

export function CallStrip({ label, sentence, alarm = false, children }: CallStripProps) {
  return (
    <section className={alarm ? 'call-strip call-strip-alarm' : 'call-strip'} aria-label={label}>
      <p className="call-strip-text" role={alarm ? 'alert' : undefined}>
        {sentence}
      </p>
      {children !== undefined && <div className="call-strip-actions">{children}</div>}
    </section>
  );
}
