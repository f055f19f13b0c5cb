/** A button that is only a picture: its word is read aloud, and shown to whoever points at it. */
import type { ComponentProps } from 'react';

interface IconButtonProps extends Omit<ComponentProps<'button'>, 'type' | 'aria-label'> {
  word: string;
}

export function IconButton({ word, title = word, className, ...rest }: IconButtonProps) {
  const names = className === undefined ? 'icon-button' : `icon-button ${className}`;
  return <button type="button" className={names} aria-label={word} title={title} {...rest} />;
}
