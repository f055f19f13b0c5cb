/**
 * Up and down for an entry of a list that one orders. At the ends of the list they can still be reached, so that the keyboard is
 * not lost with the last step.
 */
import { ArrowDown, ArrowUp } from 'lucide-react';
import { IconButton } from './icon-button.tsx';
import { Icon } from './icon.tsx';

interface MoveButtonsProps {
  /** What each of them does, for screen readers and the tooltip. */
  up: string;
  down: string;
  /** The entry's place, and how many there are. */
  index: number;
  count: number;
  onMove: (step: -1 | 1) => void;
}

export function MoveButtons({ up, down, index, count, onMove }: MoveButtonsProps) {
  const [first, last] = [index === 0, index === count - 1];
  return (
    <>
      <IconButton word={up} aria-disabled={first} onClick={first ? undefined : () => onMove(-1)}>
        <Icon of={ArrowUp} size={18} />
      </IconButton>
      <IconButton word={down} aria-disabled={last} onClick={last ? undefined : () => onMove(1)}>
        <Icon of={ArrowDown} size={18} />
      </IconButton>
    </>
  );
}
