# A language follows English, which is the meaning, and may lack what it will: English stands in for it.
# Rules of form stand at the head of en.ftl. Once a named speaker has signed for every line, say who below.

language-tag = ru
language-name = Русский
language-direction = ltr
language-gap = space
language-checked-by = none

## How sentences and values are put together

in-answer-to = В ответ на
unchecked = Формулировки на этом языке не проверены ни одним названным носителем языка.
time = { $utc } (местное время { $local })
minutes = { $n } мин
parameter = { $label }: { $value }.
list = { $first }, { $rest }
with-name = { $name } ({ $short })
text-in = «{ $value }» ({ $language })
until-further-message = не указан, до нового сообщения

## Codes: the sentence of each

head-L1 = Проверка линии связи. Просим ответить «получено».
head-L2 = Смена дежурного.
head-L3 = Приостанавливаем работу канала с нашей стороны.
head-L4 = Возобновляем работу канала.
head-L5 = Просим о голосовой связи.
head-L6 = Просим о встрече.
head-Z1 = Предлагаем условия зоны.
head-Z2 = Предлагаем изменить условия зоны.
head-Z3 = Уведомляем о зоне, объявленной нами в одностороннем порядке.
head-Z4 = Изменение состояния зоны.
head-Z5 = Прекращаем участие в договорённости о зоне. О перемещении войск здесь речи нет.
head-O1 = Уведомляем о планируемой деятельности.
head-O2 = Изменяем ранее заявленную деятельность.
head-O3 = Наша деятельность больше не проводится.
head-O4 = Найдено пересечение с заявленным вами.
head-O5 = Просим изменить вашу деятельность.
head-O6 = Извещение об опасности.
head-P1 = Уведомляем о месте под защитой.
head-P2 = Уведомляем о передвижении.
head-P3 = Состояние уведомлённого передвижения.
head-P4 = Изменилось уведомление о месте под защитой.
head-P5 = Просим содействовать проходу.
head-P6 = Место или передвижение под защитой находится под огнём или ударами. Немедленно прекратите и проверьте, ваше ли это.
head-P7 = Место или передвижение больше не находится под огнём и ударами.
head-P8 = Наблюдаем отличие от вашего уведомления. Просим сообщить, как обстоит дело.
head-P9 = Ваше уведомление доведено до наших подразделений.
head-P10 = Уведомлённое передвижение не вышло на связь в срок.
head-H1 = Просим о гуманитарной паузе.
head-W1 = По расчёту ожидается вход в зону.
head-W2 = Наблюдаем присутствие. Чьё оно?
head-W3 = Вблизи зоны растёт численность. Просим пояснить.
head-W4 = Просим находящихся внутри покинуть зону.
head-W5 = Просим оставаться на месте.
head-W6 = Просим оставаться вне зоны.
head-W7 = Наши или те, от чьего имени мы говорим, покинули зону.
head-W8 = Следует ли нам держаться в стороне от района?
head-W9 = Прекратите огонь и проверьте. Огонь ложится по нашим людям.
head-Y1 = Просим передать это сообщение группе.
head-Y2 = Сообщение передано нами группе.
head-Y3 = Ответ группы, как он был дан нам.
head-Y4 = Не можем передать сообщение группе.
head-D1 = Сообщаем об инциденте.
head-D2 = Оспариваем запись в журнале.
head-D3 = Заявляем протест.
head-D4 = Просим разъяснить.
head-D5 = Просим о совместном разборе.
head-D6 = Исправление нашего сообщения.
head-D7 = Отменяем наше сообщение.
head-D8 = Больше не можем выполнить обещанное в нашем ответе.

## Answers

answer-wilco = Выполним.
answer-unable = Не можем.
answer-standby = Ждите ответа.
answer-affirm = Да.
answer-negative = Нет.
answer-roger = Получено.
answer-ceased = Наш огонь там прекращён.
answer-checking = Проверяем. Ответ ещё не дан.
answer-not-ours = Не наше.
answer-ours = Наше.
answer-partner = Партнёра.
answer-unknown = Нам неизвестно.
answer-routine = Повседневная деятельность.
answer-see-operation = См. указанную деятельность.
answer-as-notified = Как в уведомлении.
answer-changed = Изменено.
answer-stopping = Останавливаемся.
answer-cannot-confirm = Подтвердить не можем.
answer-keep-clear = Просим держаться в стороне.
answer-call-us = Свяжитесь с нами.
answer-no-statement = Заявления не делаем.
answer-accepted = Согласны с вашей версией.
answer-maintained = Остаёмся при своей версии.
answer-clarified = Даём разъяснение.

## Parameters: the label of each

label-zone = Зона
label-version = Версия
label-from_version = Прежняя версия
label-to_version = Новая версия
label-from = Начало
label-until = Конец
label-by = Не позднее
label-time = Время
label-since = Начиная с
label-reason = Причина
label-n = Номер
label-post = Дежурный пост
label-name = Имя
label-languages = Языки
label-means = Средство связи
label-level = Уровень
label-subject = Тема
label-operation = Деятельность
label-changes = Изменения
label-conflict = Пересечение
label-time_to_start = До начала
label-shift = Какое изменение
label-volumes = Где и когда
label-hazard = Опасность
label-site = Место под защитой
label-movement = Передвижение
label-object = Место или передвижение
label-status = Состояние
label-last_status = Последнее состояние
label-seen = Замечено
label-unit_level = Доведено до уровня
label-area = Район
label-purpose = Назначение
label-who = Кто
label-sector = Сторона света
label-from_sector = Откуда
label-exit_sector = Выход в сторону
label-entry_time = Расчётное время входа
label-where = Где
label-size = Класс численности
label-last_seen = Последнее наблюдение
label-cell = Квадрат сетки
label-message = Сообщение
label-group = Группа
label-how = Форма передачи
label-reply = Ответ
label-place = Место
label-what = Что произошло
label-digest = Хеш материалов
label-entry = Запись
label-point = Пункт
label-own_version = Наша версия
label-question = Вопрос
label-incident = Инцидент
label-field = Графа
label-new_value = Новое значение
label-authority = Уровень полномочий
label-contact = Связь
label-caller = Кто вызывает
label-waypoint = Точка маршрута
label-answer_by = Ответ не позднее
label-stopped_from = Прекращено начиная с
label-text = Разъяснение

## Choices

choice-north = север
choice-north-east = северо-восток
choice-east = восток
choice-south-east = юго-восток
choice-south = юг
choice-south-west = юго-запад
choice-west = запад
choice-north-west = северо-запад
choice-inside = внутри
choice-around = вокруг
choice-at-most-10 = не более 10
choice-at-most-50 = не более 50
choice-at-most-250 = не более 250
choice-over-250 = более 250
choice-telephone = телефон
choice-satellite-telephone = спутниковый телефон
choice-radio = радиосвязь
choice-video = видеосвязь
choice-in-person = лично
choice-written = письменно
choice-we-call = мы вызываем вас
choice-you-call = вы вызываете нас
choice-duty = дежурный
choice-commander = командир или командующий
choice-face-to-face = очная встреча
choice-highest-authority = высший уровень
choice-headquarters = штаб
choice-formation = соединение
choice-unit = часть или подразделение
choice-crew = экипажи и расчёты
choice-applied = применяется автором
choice-not-applied = не применяется автором
choice-ended = завершено
choice-cancelled = отменено
choice-change-of-time = время
choice-change-of-area = район
choice-change-of-height = высота
choice-earlier = раньше
choice-later = позже
choice-other-area = другой район
choice-other-height = другая высота
choice-live-fire = боевая стрельба
choice-laser = лазер
choice-jamming = радиопомехи
choice-mines = мины
choice-exercise = учение
choice-departed = отправилось
choice-at-waypoint = на точке маршрута
choice-delayed = задерживается
choice-deviated = отклонение от маршрута
choice-armed-persons-present = рядом вооружённые лица
choice-arrived = прибыло
choice-aborted = прервано
choice-changed = изменено
choice-expired = срок истёк
choice-notice-withdrawn = уведомление отозвано
choice-armed-persons = вооружённые лица
choice-off-route = отклонение от маршрута
choice-extra-vehicles = дополнительные машины
choice-wounded = раненые
choice-dead = умершие
choice-evacuation = эвакуация
choice-rescue = спасание
choice-verbatim = дословно
choice-summary = в изложении
choice-will-comply = группа выполнит
choice-refuses = группа отказывается
choice-not-reached = связаться с группой не удалось
choice-denies-presence = группа отрицает присутствие
choice-denies-we-speak-for-it = группа отрицает, что мы говорим от её имени
choice-too-little-time = слишком мало времени
choice-no-contact = нет связи с теми, кого это касается
choice-no-authority = вне наших полномочий
choice-own-activity = собственная деятельность
choice-terms = условия
choice-weather-or-terrain = погода или местность
choice-equipment = техническая неисправность
choice-not-verified = не проверено
choice-not-stated = не указано

## Precedence and traffic

precedence-flash = ВНЕ ВСЯКОЙ ОЧЕРЕДИ
precedence-immediate = ВЕСЬМА СРОЧНО
precedence-priority = СРОЧНО
precedence-routine = ОБЫЧНОЕ
traffic-real = РЕАЛЬНОЕ
traffic-exercise = УЧЕНИЕ
traffic-test = ПРОВЕРКА СВЯЗИ

## Receipts and states

state-repeat = Просьба, раз
receipt-delivered = доставлено
receipt-displayed = выведено на экран
receipt-read-back = повторено
receipt-answered = ответ дан
receipt-relayed = передано группе
receipt-relay-answered = группа ответила
receipt-unable-to-relay = передать не удалось
state-not-delivered = не доставлено
state-not-received = вовремя не получено
state-no-answer = ответа нет
state-open = открыто
state-closed = закрыто
state-passed-on = передано дальше, ответа нет
state-escalated = передано уровнем выше
state-overdue = просрочено
state-met = выполнено
state-undertaking = взятое обещание
state-cancelled = отменено отправителем
state-corrected = исправлено отправителем
state-too-short = срок слишком мал
state-entered-for = внесено за участника
state-left-out = здесь не приведено

## Notices by phone or mail, which say no more than that something waits

notice-waiting = Ожидает ответа: { $name }. Звоните: { $value }.
notice-count = Ожидает ответа
notice-test = Проверка этого пути оповещения. Ответа не требуется.

## Standing sentences

end-no-answer = Ответа нет. Это ничего не разрешает.
end-not-who-is-there = Это не говорит о том, кто там находится, и ничего не разрешает.
end-recognises-no-zone = Никакой ответ на это не означает признания зоны.
end-zone-unchanged = Саму зону изменяет только заявление её автора.
end-protection-unchanged = Защита по международному праву остаётся прежней.
end-not-reconfirmed = Повторно не подтверждено.
end-units-not-told = Никто не сообщил, что его подразделения извещены.
end-notifies-only = Это уведомление. Одобрения оно не запрашивает.
end-compared-only = Сверено только с заявленным.
end-no-overlap = Среди заявленного пересечений не найдено.
end-not-observed = Заявлено, наблюдением не подтверждено.
end-not-the-groups-consent = Передадим. Это не согласие группы.
end-out-of-date = Срок прошёл. Только для чтения, выполнению не подлежит.
end-lapsed = Вовремя не получено. Просьба больше не действует. Это не отказ и ничего не разрешает.
end-life-saving-passes = Сообщения P, W, L, H и отмена по-прежнему проходят.
end-permits-nothing = Это ничего не разрешает.
end-silence-keep-clear = Если ответа нет: держаться в стороне.
end-group-not-answered = Группа ещё не ответила.
end-earlier-answers-lapse = Прежние ответы больше не действуют.
end-agrees-only-by-affirm = Согласие с этой версией выражает только подписанное «Да». Любой другой ответ не означает признания зоны.
end-nothing-of-before = Это ничего не говорит о том, что было раньше.
end-not-recognition = Это не признание и не согласие.
end-may-be-movement = Возможно, это уведомлённое передвижение.
rule-by-and-end = «Не позднее» включает указанное время. «Конец» - первый момент, когда это уже не действует.

## States, receipts and lapses in what people read: the word of each

state-not-delivered-yet = ещё не доставлено
state-not-yet = ещё нет
state-not-told = что с ним стало у них, вам не сообщается
state-held-open = остаётся открытым
state-past-time = срок прошёл
state-unsaid-by-host = ни один ведущий записи этого не сообщил
state-ended-by-owner = закончено, так сообщил владелец
state-none-asked = ответ не запрашивается
state-grouped = сгруппировано, без звука
hop-answer = они не сообщили, передадут ли дальше
hop-pass-on = дальше ещё не передано
hop-reply = передано дальше, ответа группы нет
promise-to-be-done = предстоит выполнить
promise-reported-done = сообщено о выполнении
promise-confirmed-done = выполнение подтверждено просившим
promise-cannot-be-kept = выполнить не смогут
promise-own-word-alone = выполнено только с их слов

## Marks above and beside a message

mark-late = с опозданием
mark-on-behalf = внесено за участника
mark-attested = подтверждено шлюзом участника, лицом не подписано
mark-answer-lapsed = НЕ ДЕЙСТВУЕТ: ответ дан на сообщение до исправления
mark-answer-late = С ОПОЗДАНИЕМ: после крайнего срока, который указан рядом
mark-found-late = установлено с опозданием
mark-taken-back = отозвано
mark-ended = закончено
mark-corrected = исправлено
mark-again = повторно
mark-incident = инцидент
mark-shelved = звук отложен
mark-missing = недостаёт
mark-confirmed = выполнение подтвердил
mark-beware = внимание
mark-new = новое
mark-changed = изменение

## What marks and states mean

why-owner-says-over = владелец места сообщает, что оно больше не под огнём или ударами
why-stands-below = ниже указано то, что оно сообщает с тех пор
why-open-until-owner = открыто, пока владелец места не сообщит P7, каким бы ни был ответ
why-watch-desk-reads = её читает и дежурная служба центра
why-shelf-stops-no-other = звук у других и отсчёт времени не останавливаются
why-nearer-than-way = раньше, чем займут вместе ответ и путь
why-in-the-way = в стороне выхода находится заявленное
why-until-answered = Пока никто не ответил, ответа нет.

## What is waited for

due-delivery = доставка
due-read-back = повторение
due-next-level = следующий уровень
due-reminder = напоминание
due-answer = ответ
due-promise = обещанное
due-reply = ответ группы

## What fell due

lapse-not-delivered = НЕ ДОСТАВЛЕНО, ни на одном их рабочем месте его нет
lapse-every-desk = никем не повторено, поэтому его показывает каждое их рабочее место
lapse-alternate-path = никем не повторено, поэтому оно идёт их запасным путём
lapse-next-level = ответа нет, поэтому передаётся уровнем выше
lapse-reminder = ответа нет, им напоминают
lapse-next-line-test = ответа нет, о нём говорят при следующей проверке линии связи
lapse-no-answer = ОТВЕТА НЕТ. Это ничего не разрешает
lapse-not-received = НЕ ПОЛУЧЕНО ВОВРЕМЯ, никем не повторено. Это не отказ
lapse-undertaking-overdue = обещанное ими ПРОСРОЧЕНО
lapse-no-reply = ответа группы нет, поэтому передаётся уровнем выше

## Lines and their tests

line-never-heard = никогда
line-no-test = проверок нет
line-waits = ждёт ответа
line-missed = ПРОПУЩЕНО, вовремя никто не ответил
line-ours = наша
line-theirs = их

## Overlaps

overlap-open = открыто: никто не взял на себя
overlap-owned = взято на себя
overlap-notified = обе стороны прочли об этом
overlap-contact-made = стороны поговорили друг с другом
overlap-accepted-risk = обе стороны принимают риск
overlap-resolved = снято изменением
overlap-expired = его время прошло
overlap-contact-overdue = связь просрочена
overlap-owner = кто взял на себя
overlap-over = закончено
overlap-under-way = идёт

## Headings of the inbox

section-awaiting = Ждут вашего ответа
section-incidents = Под огнём или ударами, пока владелец не сообщит об окончании
section-untold = Ваши передвижения скоро начнутся, и никто не сообщил, что его подразделения извещены
section-refused = Отправлено вами: ответ «нет» или ответа нет
section-unsettled = Пересечения, которые никто не снял
section-promised = Обещано вами
section-unread = Новое, ответ не запрашивается
section-sent = Отправлено вами
section-watched = Между другими, ответа нет
movement-over = передвижение прибыло, прервано, завершено или уведомлено заново
section-over = Закончено
section-not-in-record = Ещё нет в записи
section-read-out = Зачитано, никем не подписано
span-now = сейчас

## What came or went by file

file-verified = файлом, подпись проверена
file-revoked = файлом, КЛЮЧ ОТОЗВАН
file-not-taken = файлом, ведущим записи НЕ ВНЕСЕНО
file-too-late = файлом, НЕ ОТПРАВЛЕНО: срок прошёл
file-went = ушло файлом
fate-waiting = ждёт отправки
fate-promised = ведущий записи обещал внести
fate-too-late = НЕ ОТПРАВЛЕНО: срок прошёл
fate-not-taken = ведущим записи НЕ ВНЕСЕНО
fate-does-not-stand = НЕ ДЕЙСТВУЕТ

## What was read out and typed in

voice-unsigned = зачитано, не подписано: в записи этого нет
voice-in-record = в записи
voice-by-file = файлом
voice-corrected-since = с тех пор исправлено
voice-ambiguous = НЕОДНОЗНАЧНО: так называются несколько подписанных сообщений: позвоните и попросите зачитать полное имя
note-waits-for-message = записано, не подписано: ждёт сообщения
note-waits-for-signature = записано и ЖДЁТ ВАШЕЙ ПОДПИСИ
note-signed = записано и подписано
note-signed-otherwise = НЕ СОВПАДАЕТ: вы подписали другой ответ: позвоните
note-over = записано, не подписано: отвечать больше не на что
note-mismatch = записано, но не отвечает ни на что подписанное: не подписывается
note-corrected = записано и НЕ ПОДПИСАНО: сообщение с тех пор исправлено; прочтите его и ответьте на него в нынешнем виде

## Spans of time, and states with the values that they show

span-in = через { $value }
span-ago = { $value } назад
seconds = { $n } с
hours = { $n } ч
days = { $n } сут
two-units = { $first } { $rest }
said-of = { $name }: { $value }
by-whom = { $value }, кто: { $name }
answer-by-time = { $name }, не позднее: { $value }
answer-until-time = { $name } Ответ не позднее: { $value }
answer-of-time = { $name }, время: { $value }
no-answer-counts-as = Если ответа нет, это значит: { $value }.
promised-by = { $name }; не позднее: { $value }
not-delivered-call = НЕ ДОСТАВЛЕНО, кому: { $name }. Звоните: { $value }
shelved-until = звук отложен, конец: { $value }, кто: { $name }
of-party = { $name }, участник: { $value }
clock-ahead = часы спешат: { $value }
clock-behind = часы отстают: { $value }
suspended-by = ПРИОСТАНОВЛЕНО, кем: { $name }
answered-after = ответ дан через { $value }
answered-late-after = ответ дан С ОПОЗДАНИЕМ, через { $value }
test-number = номер { $n }
so-many-of = { $n } из { $rest }
last-in-a-row = последние подряд: { $n }
takes-over = заступает: { $value }
on-duty-since = начало: { $value }
over-ago = его время прошло { $value } назад
begins-in = начнётся через { $value }
began-ago = началось { $value } назад
so-many-more = ещё: { $n }
read-back-in = { $value }, язык показа: { $language }
voice-stands = как зачитано, { $name }: { $value }
voice-mismatch = НЕ СОВПАДАЕТ: подписанное ({ $value }, { $name }) - НЕ то, что зачитано: позвоните и до этого не действуйте ни по тому, ни по другому
voice-contradiction = ПРОТИВОРЕЧИЕ: { $n } зачитано под тем же именем и сообщает другое: позвоните
your-answer = ваш ответ { $value }
text-left-out = НЕ ПРИВЕДЕНО: { $value }: в текстовой форме этому нет места; попросите сообщить это или передать файлом
text-not-known-here = ЗДЕСЬ НЕИЗВЕСТНО: { $value }: нет одного, чьё имя так начинается; спросите, что это
