import { describe, expect, it } from 'vitest';
import { autoAnswerSeconds, mustAnswerItself } from '../../../../engine/sip/auto-answer.ts';

function message(name: string, value: string) {
  const getHeaders = (asked: string) => (asked === name ? [value] : []);
  return { getHeaders, getHeader: (asked: string) => getHeaders(asked)[0] };
}

describe('the wish to be answered by the phone', () => {
  it.each([
    ['Call-Info', '<sip:pbx>;answer-after=0', 0],
    ['Call-Info', '<sip:pbx>; answer-after = 3', 3],
    ['Call-Info', '<uri>;purpose=x;auto-answer=0', 0],
    ['Call-Info', '<sip:pbx>;answer-after=999', 60],
    ['Alert-Info', '<http://www.example.com>;info=alert-autoanswer;delay=2', 2],
    ['Alert-Info', 'info=alert-autoanswer', 0],
    ['Alert-Info', 'Auto Answer', 0],
    ['Alert-Info', 'ring-answer', 0],
    ['P-Auto-Answer', 'normal', 0],
    ['Answer-Mode', 'Auto', 0],
    ['Answer-Mode', 'Auto;require', 0],
    ['Answer-Mode', 'Manual', undefined],
    ['Call-Info', '<http://pbx/photo.jpg>;purpose=icon', undefined],
    ['Alert-Info', '<http://127.0.0.1/Bellcore-dr2>', undefined],
    ['Subject', 'answer-after=0', undefined],
  ])('%s: %s → %s', (name, value, seconds) => {
    expect(autoAnswerSeconds(message(name, value))).toBe(seconds);
  });

  it.each([
    ['Auto;require', true],
    [' auto ; x=y ; Require', true],
    ['Auto', false],
    ['Auto;requires=no', false],
    ['Manual;require', false],
  ])('is a condition in Answer-Mode: %s → %s', (value, must) => {
    expect(mustAnswerItself(message('Answer-Mode', value))).toBe(must);
  });
});
