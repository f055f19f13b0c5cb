/** All settings that a person changes, on one page. */
import { en } from '../../i18n/en.ts';
import { AboutSection } from './about-section.tsx';
import { AppearanceSection } from './appearance-section.tsx';
import { CallsSection } from './calls-section.tsx';
import { CodecsSection } from './codecs-section.tsx';
import { ExtensionsSection } from './extensions-section.tsx';
import { ForwardingSection } from './forwarding-section.tsx';
import { RecordingSection } from './recording-section.tsx';
import './settings.css';
import { SoundNetworkSection } from './sound-network-section.tsx';
import { SoundSection } from './sound-section.tsx';
import { VoiceSection } from './voice-section.tsx';

export function SettingsPlace() {
  return (
    <>
      <div className="place-head">
        <h1 className="place-title">{en.settings.title}</h1>
      </div>
      <div className="scroll settings" tabIndex={0} role="region" aria-label={en.settings.title}>
        <ExtensionsSection />
        <ForwardingSection />
        <CallsSection />
        <SoundSection />
        <VoiceSection />
        <CodecsSection />
        <RecordingSection />
        <SoundNetworkSection />
        <AppearanceSection />
        <AboutSection />
      </div>
    </>
  );
}
