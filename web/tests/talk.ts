import type { Alarm, Dialogue } from '../src/lib/view.ts';

/** The dialogues and alarms of the made-up space. */
export type Tongue = 'en' | 'ru' | 'ar';
export type Scene =
  'morning' | 'cut' | 'caught' | 'first' | 'locked' | 'hostile' | 'quiet' | 'many' | 'stale';
export const at = (hms: string) => `2017-05-18T${hms}Z`;
export const say = (lang: Tongue) => (en: string, ru: string, ar: string) => ({ en, ru, ar })[lang];
export const L = (s: string) => `\u2066${s}\u2069`;

export const HOSTILE = {
  name: '<img src=x onerror="document.title=1"> & <b>North</b>',
  turned: 'Zone \u202E10-Z egral\u202C {until:2017-05-18T09:38:40Z}\u2069\u2067',
};

export function dialogues(t: ReturnType<typeof say>, scene: Scene): Dialogue[] {
  const zone = L('Z-1');
  return [
    {
      id: 'd1',
      code: 'W1',
      precedence: 'FLASH',
      repeat: 1,
      from: 'north',
      authority: 'signed',
      level: 'duty',
      valid_until: null,
      hash: '51aa 0c3e',
      text: t(
        `Convoy ${L('SC-14')} enters zone ${zone} {until:${at('09:38:40')}}`,
        `Колонна ${L('SC-14')} войдёт в зону ${zone} {until:${at('09:38:40')}}`,
        `القافلة ${L('SC-14')} تدخل المنطقة ${zone} {until:${at('09:38:40')}}`,
      ),
      params: {
        zone: L('Z-1'),
        from_sector: t('west', 'запад', 'الغرب'),
        entry_time: `{at:${at('09:38:40')}} ±3 min`,
      },
      receipts: { delivered: at('09:14:02'), displayed: at('09:14:03'), read_back: null, answered: null },
      relay: [],
      limits: [
        { what: 'read_back', until: at('09:16:02') },
        { what: 'answer', until: at('09:22:02') },
      ],
      read_back: {
        fields: [
          {
            name: 'zone',
            kind: 'zone',
            choices: [
              { value: 'Z-1', label: 'Z-1 At-Tanf' },
              { value: 'N-3', label: 'N-3' },
            ],
          },
          {
            name: 'from_sector',
            kind: 'choice',
            choices: ['north', 'east', 'south', 'west'].map((value) => ({ value })),
          },
          { name: 'entry_time', kind: 'time' },
        ],
      },
      answers: ['ROGER'],
      own_proof: [],
      if_nobody_acts: [
        {
          at: at('09:16:02'),
          text: t(
            'Not read back: every desk of South sounds.',
            'Не повторено: звучат все посты Юга.',
            'لم تُعد القراءة: تنبَّه مكاتب الجنوب كلها.',
          ),
        },
      ],
      messages: [],
    },
    {
      id: 'd4',
      code: 'W4',
      precedence: 'IMMEDIATE',
      repeat: 2,
      from: 'north',
      authority: 'signed',
      level: 'commander',
      hash: '9d1e 44c0',
      valid_until: scene === 'stale' ? at('09:10:00') : at('10:40:00'),
      text: t(
        `North requests that Desert Column leave zone ${zone} by {at:${at('10:40:00')}}, towards the west.`,
        `Север просит, чтобы Пустынная колонна покинула зону ${zone} к {at:${at('10:40:00')}}, на запад.`,
        `يطلب الشمال أن يغادر رتل البادية المنطقة ${zone} قبل {at:${at('10:40:00')}} باتجاه الغرب.`,
      ),
      params: {
        who: t(
          'Desert Column, a group that South speaks for',
          'Пустынная колонна, группа, за которую говорит Юг',
          'رتل البادية، مجموعة يتحدث عنها الجنوب',
        ),
        zone: `${L('Z-1 At-Tanf')}`,
        exit_sector: t('west, 52 km by road', 'запад, 52 км по дороге', 'الغرب، 52 كم بالطريق'),
      },
      receipts: {
        delivered: at('09:06:11'),
        displayed: at('09:06:14'),
        read_back: scene === 'stale' ? at('09:08:20') : null,
        answered: null,
      },
      relay: [{ hop: 'desert-column', state: 'missing', since: at('08:52:30') }],
      limits: [
        { what: 'read_back', until: at('09:20:00') },
        { what: 'answer', until: at('09:36:10') },
        { what: 'vacate', until: at('10:40:00') },
      ],
      read_back: {
        fields: [
          {
            name: 'zone',
            kind: 'zone',
            choices: [
              { value: 'Z-1', label: 'Z-1 At-Tanf' },
              { value: 'N-3', label: 'N-3' },
            ],
          },
          {
            name: 'exit_sector',
            kind: 'choice',
            choices: ['north', 'east', 'south', 'west'].map((value) => ({ value })),
          },
          { name: 'by', kind: 'time' },
        ],
      },
      answers: ['WILCO', 'UNABLE', 'STANDBY'],
      own_proof: ['WILCO', 'UNABLE', 'STANDBY'],
      endings: [
        t(
          'An answer to this does not recognise a zone.',
          'Ответ на это не признаёт зону.',
          'الجواب عن هذا ليس اعترافاً بمنطقة.',
        ),
      ],
      if_nobody_acts: [
        {
          at: at('09:20:00'),
          text: t(
            'Not read back: every desk of South, and North is given your number and a script to read',
            'Не повторено: все посты Юга, Север получает ваш номер и текст',
            'لم تُعد القراءة: مكاتب الجنوب كلها، ويُعطى الشمال رقمكم ونصاً',
          ),
        },
        {
          at: at('10:40:00'),
          text: t(
            'All read: No answer. This permits nothing.',
            'Все читают: Ответа нет. Это ничего не разрешает.',
            'يقرأ الجميع: لا جواب. هذا لا يجيز شيئاً.',
          ),
        },
      ],
      messages: [
        {
          at: at('09:03:20'),
          symbol: 'no-answer',
          text: t(
            'NO ANSWER to the first request. No answer. This permits nothing.',
            'Ответа на первое обращение нет. Это ничего не разрешает.',
            'لا جواب على الطلب الأول. هذا لا يجيز شيئاً.',
          ),
        },
        {
          at: at('08:52:30'),
          symbol: 'relayed',
          text: t(
            'You: Y2 to Desert Column, by radio, summary',
            'Вы: Y2 Пустынной колонне, по радио, кратко',
            'أنتم: Y2 إلى رتل البادية، باللاسلكي، ملخصاً',
          ),
        },
        {
          at: at('08:40:00'),
          symbol: 'immediate',
          text: t(
            'North: W4, first request, by 09:50',
            'Север: W4, первое обращение, к 09:50',
            'الشمال: W4، الطلب الأول، قبل 09:50',
          ),
        },
      ],
    },
  ];
}

export function alarms(t: ReturnType<typeof say>, scene: Scene): Alarm[] {
  const base = { also: [], group: null, mine: true, facts: [], dialogue: null } satisfies Partial<Alarm>;
  const list: Alarm[] = [
    {
      ...base,
      id: 'a-w1',
      dialogue: scene === 'cut' ? null : 'd1',
      precedence: 'FLASH',
      code: 'W1',
      since: at('09:14:02'),
      voice: 'channel 4',
      clock:
        scene === 'cut'
          ? { what: 'entry', until: at('09:38:40'), from: at('09:14:02') }
          : { what: 'read_back', until: at('09:16:02'), from: at('09:11:02') },
      text: t(
        `Convoy ${L('SC-14')} enters zone ${L('Z-1')} {until:${at('09:38:40')}}`,
        `Колонна ${L('SC-14')} войдёт в зону ${L('Z-1')} {until:${at('09:38:40')}}`,
        `القافلة ${L('SC-14')} تدخل المنطقة ${L('Z-1')} {until:${at('09:38:40')}}`,
      ),
      facts: [
        t(
          `Expected ${L('09:38 ±3')}, from the west. Yours to act: you can turn it round.`,
          `Ожидается ${L('09:38 ±3')}, с запада. Действие ваше: вы можете её повернуть.`,
          `متوقع ${L('09:38 ±3')} من الغرب. الإجراء لكم: يمكنكم إعادتها.`,
        ),
      ],
      deeds: scene === 'cut' ? ['call', 'script'] : ['read_back', 'call'],
      subject: { kind: 'encounter', id: 'SC-14:8da3' },
      source: scene === 'cut' ? 'desk' : 'record',
    },
    {
      ...base,
      id: 'a-w4',
      dialogue: 'd4',
      precedence: 'IMMEDIATE',
      code: 'W4',
      since: at('09:06:11'),
      voice: '+1 555 0100',
      clock: { what: 'relay', until: at('09:20:00'), from: at('09:10:00') },
      also: [{ what: 'answer', until: at('09:36:10') }],
      text: t(
        `Second request: Desert Column out of ${L('Z-1')} by {time:${at('10:40:00')}}`,
        `Второе обращение: Пустынной колонне покинуть ${L('Z-1')} к {time:${at('10:40:00')}}`,
        `الطلب الثاني: خروج رتل البادية من ${L('Z-1')} قبل {time:${at('10:40:00')}}`,
      ),
      facts: [
        t(
          'From North, commander. The first got no answer.',
          'От Севера, командир. На первое ответа не было.',
          'من الشمال، القائد. الطلب الأول بلا جواب.',
        ),
      ],
      deeds: ['relay', 'answer'],
      subject: { kind: 'dialogue', id: 'd4' },
    },
    {
      ...base,
      id: 'a-o4',
      precedence: 'IMMEDIATE',
      code: 'O4',
      since: at('09:00:00'),
      voice: '+1 555 0100',
      clock: { what: 'contact', until: at('09:30:00'), from: at('09:00:00') },
      text: t(
        `Nobody owns conflict ${L('c7f3')}: ${L('S-2')} and an operation of North`,
        `Пересечение ${L('c7f3')} никто не взял: ${L('S-2')} и мероприятие Севера`,
        `التعارض ${L('c7f3')} بلا مسؤول: ${L('S-2')} ونشاط للشمال`,
      ),
      facts: [
        t(
          `Begins {time:${at('10:00:00')}}, {until:${at('10:00:00')}}. Theirs is known as cells only.`,
          `Начало {time:${at('10:00:00')}}, {until:${at('10:00:00')}}. Их часть известна по клеткам.`,
          `يبدأ {time:${at('10:00:00')}}، {until:${at('10:00:00')}}. نشاطهم معروف بخلايا فقط.`,
        ),
      ],
      deeds: ['take_on', 'call'],
      subject: { kind: 'conflict', id: 'c7f3' },
    },
    {
      ...base,
      id: 'a-p2',
      precedence: 'PRIORITY',
      code: 'P2',
      since: at('08:57:00'),
      clock: { what: 'read_back', until: at('09:56:46'), from: at('08:57:00') },
      deeds: ['read_back'],
      text: t(
        `P2 movement ${L('R-7')} of Centre, read back`,
        `P2 движение ${L('R-7')} Центра, повторить`,
        `P2 حركة ${L('R-7')} للمركز، أعد القراءة`,
      ),
      facts: [
        t(
          'via Rukban road, 10:30 to 11:50',
          'по дороге на Рукбан, от 10:30 до 11:50',
          'طريق الركبان، من 10:30 إلى 11:50',
        ),
      ],
      subject: { kind: 'declaration', id: 'r7' },
    },
    {
      ...base,
      id: 'a-p1',
      precedence: 'ROUTINE',
      code: 'P1',
      since: at('08:26:00'),
      clock: { what: 'read_back', until: at('14:27:00'), from: at('08:26:00') },
      deeds: ['read_back'],
      text: t(
        `P1 site ${L('R-1')} Rukban camp, read back`,
        `P1 место ${L('R-1')}, лагерь Рукбан, повторить`,
        `P1 موقع ${L('R-1')} مخيم الركبان، أعد القراءة`,
      ),
      subject: { kind: 'declaration', id: 'r1' },
    },
    {
      ...base,
      id: 'a-d2',
      mine: false,
      precedence: 'PRIORITY',
      code: 'D2',
      since: at('08:02:00'),
      clock: { what: 'answer', until: at('11:02:00'), from: at('08:02:00') },
      deeds: [],
      text: t(
        'North owes an answer to D2 (radius)',
        'Север должен ответ на D2 (радиус)',
        'على الشمال جواب D2 (نصف القطر)',
      ),
    },
    {
      ...base,
      id: 'a-l1',
      precedence: 'ROUTINE',
      code: 'L1',
      since: at('09:00:00'),
      clock: null,
      deeds: [],
      closed_at: at('09:00:07'),
      text: t('L1 line test 2', 'L1 проверка линии 2', 'L1 اختبار الخط 2'),
    },
  ];
  if (scene === 'first' || scene === 'quiet') return [];
  if (scene === 'many')
    for (let i = 0; i < 6; i++)
      list.push({
        ...base,
        id: `a-m${i}`,
        precedence: 'FLASH',
        code: i === 5 ? 'P6' : 'W1',
        since: at(`09:13:0${i}`),
        clock: { what: 'read_back', until: at(`09:17:1${i}`), from: at('09:13:00') },
        deeds: ['read_back'],
        text: t(`FLASH ${i}`, `FLASH ${i}`, `FLASH ${i}`),
      });
  if (scene === 'hostile')
    list.push({
      ...base,
      id: 'a-h',
      precedence: 'IMMEDIATE',
      code: 'W2',
      since: at('09:13:00'),
      clock: { what: 'answer', until: at('09:40:00'), from: at('09:13:00') },
      deeds: ['answer'],
      text: HOSTILE.turned + HOSTILE.name,
      facts: [HOSTILE.name],
    });
  return list;
}
