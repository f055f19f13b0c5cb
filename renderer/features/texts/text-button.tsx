/** Beside a person: opens the texts with them. */
import { MessageSquare } from 'lucide-react';
import { en } from '../../i18n/en.ts';
import { IconButton } from '../../ui/icon-button.tsx';
import { Icon } from '../../ui/icon.tsx';

export function TextButton({ who, onPress }: { who: string; onPress: () => void }) {
  return (
    <IconButton word={en.texts.textWho(who)} onClick={onPress}>
      <Icon of={MessageSquare} size={18} />
    </IconButton>
  );
}
