/** Puts the chosen or the system's theme on the document. */
import { useEffect } from 'react';
import { useView } from './store/desk.ts';
import { useMedia } from './ui/use-media.ts';

export function useTheme() {
  const chosen = useView(({ snapshot }) => snapshot?.settings.interface.theme ?? 'system');
  const systemDark = useMedia('(prefers-color-scheme: dark)');
  const theme = chosen === 'system' ? (systemDark ? 'dark' : 'light') : chosen;
  useEffect(() => {
    document.documentElement.dataset['theme'] = theme;
  }, [theme]);
}
