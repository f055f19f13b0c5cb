import { describe, expect, it } from 'vitest';
import { dscpOfPolicies, markIn } from '../../../host/packet-mark.ts';

describe('the mark of packets', () => {
  it('is the upper six bits of the type of service that a capture tells', () => {
    const capture = (tos: string) =>
      `12:00:00.000000 IP (tos ${tos}, ttl 64, id 1, offset 0, flags [DF], proto UDP (17), length 33)\n    127.0.0.1.10000 > 127.0.0.1.40000: UDP, length 5\n`;
    expect(markIn(capture('0xb8'))).toEqual({ kind: 'read', dscp: 46 });
    expect(markIn(capture('0xb9'))).toEqual({ kind: 'read', dscp: 46 });
    expect(markIn(capture('0x0'))).toEqual({ kind: 'read', dscp: 0 });
    expect(markIn('')).toBeUndefined();
  });

  it.each([
    ['one policy', '{"AppPathName":"Sidetone.exe","DSCPAction":46}', 46],
    ['a path', '{"AppPathName":"C:\\\\Program Files\\\\Sidetone\\\\sidetone.EXE","DSCPAction":46}', 46],
    [
      'a list',
      '[{"AppPathName":"Teams.exe","DSCPAction":34},{"AppPathName":"Sidetone.exe","DSCPAction":46}]',
      46,
    ],
    ['a policy without a mark', '{"AppPathName":"Sidetone.exe","DSCPAction":-1}', 0],
    ['policies of others', '[{"AppPathName":null,"DSCPAction":46}]', 0],
    ['none', '', 0],
    ['no JSON', 'Get-NetQosPolicy : Access denied', 0],
  ])('is read from Windows policies: %s', (_what, json, dscp) => {
    expect(dscpOfPolicies(json, 'Sidetone.exe')).toBe(dscp);
  });
});
