/** What was found out about a field, under it: a sign, a colour and words. */
import { Check, X } from 'lucide-react';
import { Icon } from './icon.tsx';

export interface FieldFinding {
  state: 'good' | 'bad' | 'unknown';
  sentence: string;
}

export function FieldNote({ id, finding }: { id: string; finding: FieldFinding | undefined }) {
  const told = finding !== undefined && finding.sentence !== '';
  return (
    <p className={`field-note field-note-${finding?.state ?? 'unknown'}`} id={id} aria-live="polite">
      {told && finding.state !== 'unknown' && <Icon of={finding.state === 'good' ? Check : X} size={14} />}
      {told ? finding.sentence : ''}
    </p>
  );
}
