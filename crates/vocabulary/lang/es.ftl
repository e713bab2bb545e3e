# A language follows English, which is the meaning, and may lack what it will: English stands in for it.
# Rules of form stand at the head of en.ftl. Once a named speaker has signed for every line, say who below.

language-tag = es
language-name = Español
language-direction = ltr
language-gap = space
language-checked-by = none

## How sentences and values are put together

in-answer-to = En respuesta a
unchecked = La redacción en este idioma no ha sido revisada por ningún hablante identificado.
time = { $utc } (hora local { $local })
minutes = { $n } min
parameter = { $label }: { $value }.
list = { $first }, { $rest }
with-name = { $name } ({ $short })
text-in = «{ $value }» ({ $language })
until-further-message = no indicado; se dirá en un nuevo mensaje

## Codes: the sentence of each

head-L1 = Prueba de línea. Rogamos responder «recibido».
head-L2 = Relevo de guardia.
head-L3 = Suspendemos este canal por nuestra parte.
head-L4 = Reanudamos el uso de este canal.
head-L5 = Solicitamos contacto por voz.
head-L6 = Solicitamos una reunión.
head-Z1 = Proponemos los términos de una zona.
head-Z2 = Proponemos modificar los términos de una zona.
head-Z3 = Notificamos una zona que hemos declarado unilateralmente.
head-Z4 = Cambio de estado de una zona.
head-Z5 = Ponemos fin a nuestra participación en un arreglo de zona. No se trata de un movimiento de tropas.
head-O1 = Notificamos una actividad prevista.
head-O2 = Modificamos una actividad notificada.
head-O3 = Nuestra actividad ya no tiene lugar.
head-O4 = Se halló una superposición con lo que ustedes declararon.
head-O5 = Solicitamos que modifiquen su actividad.
head-O6 = Aviso de peligro.
head-P1 = Notificamos un lugar protegido.
head-P2 = Notificamos un movimiento.
head-P3 = Estado de un movimiento notificado.
head-P4 = Ha cambiado la notificación de un lugar protegido.
head-P5 = Solicitamos que faciliten un paso.
head-P6 = Un lugar o movimiento protegido recibe fuego. Cesen de inmediato, y verifiquen si procede de ustedes.
head-P7 = El lugar o movimiento ya no recibe fuego.
head-P8 = Observamos algo distinto de su notificación. Rogamos indicar cuál es la situación.
head-P9 = Hemos comunicado su notificación a nuestras unidades.
head-P10 = Un movimiento notificado lleva retraso, sin noticias.
head-H1 = Solicitamos una pausa humanitaria.
head-W1 = Según el cálculo, se espera una entrada en la zona.
head-W2 = Observamos una presencia. ¿De quién es?
head-W3 = Aumentan los efectivos cerca de la zona. Rogamos explicarlo.
head-W4 = Solicitamos a quienes están dentro que salgan de la zona.
head-W5 = Solicitamos que permanezcan en el lugar.
head-W6 = Solicitamos que permanezcan fuera de la zona.
head-W7 = Los nuestros, o aquellos en cuyo nombre hablamos, han salido de la zona.
head-W8 = ¿Debemos mantenernos apartados de esta área?
head-W9 = Detengan el tiro y verifiquen. El fuego cae sobre los nuestros.
head-Y1 = Solicitamos que transmitan este mensaje al grupo.
head-Y2 = Hemos transmitido el mensaje al grupo.
head-Y3 = Respuesta del grupo, tal como nos fue dada.
head-Y4 = No podemos transmitir el mensaje.
head-D1 = Informamos de un incidente.
head-D2 = Objetamos un asiento del registro.
head-D3 = Presentamos una protesta.
head-D4 = Solicitamos una aclaración.
head-D5 = Solicitamos una revisión conjunta.
head-D6 = Rectificación de nuestro mensaje.
head-D7 = Anulamos nuestro mensaje.
head-D8 = Ya no podemos mantener nuestra respuesta.

## Answers

answer-wilco = Lo haremos.
answer-unable = No podemos.
answer-standby = Esperen nuestra respuesta.
answer-affirm = Sí.
answer-negative = No.
answer-roger = Recibido.
answer-ceased = Nuestro fuego allí ha cesado.
answer-checking = Verificando. Aún sin respuesta.
answer-not-ours = No es nuestro.
answer-ours = Es nuestro.
answer-partner = De una fuerza asociada.
answer-unknown = No lo sabemos.
answer-routine = Actividad habitual.
answer-see-operation = Véase la actividad indicada.
answer-as-notified = Según lo notificado.
answer-changed = Ha cambiado.
answer-stopping = Nos detenemos.
answer-cannot-confirm = No podemos confirmarlo.
answer-keep-clear = Rogamos mantenerse apartados.
answer-call-us = Llámennos.
answer-no-statement = Sin declaración.
answer-accepted = Aceptamos su versión.
answer-maintained = Mantenemos nuestra versión.
answer-clarified = Sigue nuestra aclaración.

## Parameters: the label of each

label-zone = Zona
label-version = Versión
label-from_version = Versión anterior
label-to_version = Versión nueva
label-from = Inicio
label-until = Fin
label-by = A más tardar
label-time = Hora
label-since = Desde
label-reason = Motivo
label-n = Número
label-post = Puesto
label-name = Nombre
label-languages = Idiomas
label-means = Medio
label-level = Nivel
label-subject = Asunto
label-operation = Actividad
label-changes = Cambios
label-conflict = Superposición
label-time_to_start = Tiempo antes del inicio
label-shift = Cambio solicitado
label-volumes = Lugar y período
label-hazard = Peligro
label-site = Lugar protegido
label-movement = Movimiento notificado
label-object = Lugar o movimiento
label-status = Estado
label-last_status = Último estado
label-seen = Observado
label-unit_level = Escalón alcanzado
label-area = Área
label-purpose = Finalidad
label-who = Quién
label-sector = Sector
label-from_sector = Procedente del sector
label-exit_sector = Salida hacia
label-entry_time = Entrada estimada
label-where = Dónde
label-size = Clase de tamaño
label-last_seen = Última observación
label-cell = Cuadrícula
label-message = Mensaje
label-group = Grupo
label-how = Forma
label-reply = Respuesta
label-place = Lugar
label-what = Qué ocurrió
label-digest = Huella de la prueba
label-entry = Asiento
label-point = Punto
label-own_version = Nuestra versión
label-question = Pregunta
label-incident = Incidente
label-field = Campo
label-new_value = Valor nuevo
label-authority = Nivel de autoridad
label-contact = Llamar a
label-caller = Quién llama
label-waypoint = Punto de ruta
label-answer_by = Respuesta a más tardar
label-stopped_from = Hora del cese
label-text = Aclaración

## Choices

choice-north = norte
choice-north-east = noreste
choice-east = este
choice-south-east = sureste
choice-south = sur
choice-south-west = suroeste
choice-west = oeste
choice-north-west = noroeste
choice-inside = dentro
choice-around = alrededor
choice-at-most-10 = 10 como máximo
choice-at-most-50 = 50 como máximo
choice-at-most-250 = 250 como máximo
choice-over-250 = más de 250
choice-telephone = teléfono
choice-satellite-telephone = teléfono satelital
choice-radio = radio
choice-video = videoconferencia
choice-in-person = en persona
choice-written = por escrito
choice-we-call = nosotros les llamamos
choice-you-call = ustedes nos llaman
choice-duty = servicio de guardia
choice-commander = mando
choice-face-to-face = cara a cara
choice-highest-authority = nivel más alto
choice-headquarters = cuartel general
choice-formation = gran unidad
choice-unit = unidad
choice-crew = tripulaciones
choice-applied = aplicada por su autor
choice-not-applied = no aplicada por su autor
choice-ended = terminado
choice-cancelled = anulado
choice-change-of-time = horario
choice-change-of-area = área
choice-change-of-height = altitud
choice-earlier = más temprano
choice-later = más tarde
choice-other-area = otra área
choice-other-height = otra altitud
choice-live-fire = fuego real
choice-laser = láser
choice-jamming = perturbación radioeléctrica
choice-mines = minas (explosivas)
choice-exercise = ejercicio
choice-departed = ha salido
choice-at-waypoint = en un punto de ruta
choice-delayed = con demora
choice-deviated = fuera de ruta
choice-armed-persons-present = presencia de personas armadas
choice-arrived = ha llegado
choice-aborted = interrumpido
choice-changed = ha cambiado
choice-expired = caducado
choice-notice-withdrawn = notificación retirada
choice-armed-persons = personas armadas
choice-off-route = fuera de ruta
choice-extra-vehicles = vehículos de más
choice-wounded = heridos
choice-dead = muertos
choice-evacuation = evacuación
choice-rescue = salvamento
choice-verbatim = textualmente
choice-summary = en resumen
choice-will-comply = el grupo lo hará
choice-refuses = el grupo se niega
choice-not-reached = sin contacto con el grupo
choice-denies-presence = el grupo niega estar presente
choice-denies-we-speak-for-it = el grupo niega que hablemos en su nombre
choice-too-little-time = tiempo insuficiente
choice-no-contact = sin contacto con los interesados
choice-no-authority = fuera de nuestra competencia
choice-own-activity = actividad propia
choice-terms = los términos
choice-weather-or-terrain = meteorología o terreno
choice-equipment = fallo técnico
choice-not-verified = sin verificar
choice-not-stated = no indicado

## Precedence and traffic

precedence-flash = FLASH
precedence-immediate = INMEDIATO
precedence-priority = PRIORIDAD
precedence-routine = RUTINA
traffic-real = REAL
traffic-exercise = EJERCICIO
traffic-test = PRUEBA

## Receipts and states

state-repeat = Solicitud, vez
receipt-delivered = llegado al puesto
receipt-displayed = mostrado
receipt-read-back = colacionado
receipt-answered = respondido
receipt-relayed = transmitido al grupo
receipt-relay-answered = el grupo ha respondido
receipt-unable-to-relay = no se pudo transmitir
state-not-delivered = no llegado al puesto
state-not-received = no recibido a tiempo
state-no-answer = sin respuesta
state-open = abierto
state-closed = cerrado
state-passed-on = transmitido, sin respuesta
state-escalated = elevado al nivel superior
state-overdue = fuera de plazo
state-met = hecho
state-undertaking = compromiso
state-cancelled = anulado por su remitente
state-corrected = rectificado por su remitente
state-too-short = plazo demasiado corto
state-entered-for = registrado en nombre de
state-left-out = no incluido aquí

## Notices by phone or mail, which say no more than that something waits

notice-waiting = { $name } en espera, llame al { $value }.
notice-count = En espera
notice-test = Prueba de esta vía de aviso. No se pide respuesta.

## Standing sentences

end-no-answer = Sin respuesta. Esto no autoriza nada.
end-not-who-is-there = Esto no dice quién está allí y no autoriza nada.
end-recognises-no-zone = Ninguna respuesta a esto supone reconocer una zona.
end-zone-unchanged = Solo una declaración de su autor modifica la zona misma.
end-protection-unchanged = La protección conforme al derecho no cambia.
end-not-reconfirmed = No reconfirmado.
end-units-not-told = Nadie ha dicho que haya informado a sus unidades.
end-notifies-only = Esto notifica y no pide aprobación.
end-compared-only = Comparado solo con lo declarado.
end-no-overlap = No se halló superposición en lo declarado.
end-not-observed = Afirmado, no observado.
end-not-the-groups-consent = Lo transmitiremos. No es el consentimiento del grupo.
end-out-of-date = Fuera de plazo. Se lee, no se cumple.
end-lapsed = No recibido a tiempo. La solicitud queda sin efecto. No es una negativa y no autoriza nada.
end-life-saving-passes = Los mensajes P, W, L, H y de anulación siguen pasando.
end-permits-nothing = Esto no autoriza nada.
end-silence-keep-clear = Sin respuesta: mantenerse apartado.
end-group-not-answered = El grupo aún no ha respondido.
end-earlier-answers-lapse = Las respuestas anteriores quedan sin efecto.
end-agrees-only-by-affirm = Solo un «sí» firmado supone acuerdo con esta misma versión. Cualquier otra respuesta no supone reconocer una zona.
end-nothing-of-before = Esto no dice nada de lo ocurrido antes.
end-not-recognition = No es reconocimiento ni consentimiento.
end-may-be-movement = Puede ser un movimiento notificado.
rule-by-and-end = «A más tardar» incluye la hora indicada. «Fin» es el primer instante en que ya no rige.

## States, receipts and lapses in what people read: the word of each

state-not-delivered-yet = aún no llegado al puesto
state-not-yet = aún no
state-not-told = lo que resultó con ellos no se les comunica
state-held-open = se mantiene abierto
state-past-time = pasado el plazo
state-unsaid-by-host = ninguna entidad anfitriona lo ha dicho
state-ended-by-owner = terminado, según su titular
state-none-asked = no se pide respuesta
state-grouped = agrupado, sin sonido
hop-answer = no han dicho si lo transmiten
hop-pass-on = aún no transmitido
hop-reply = transmitido, falta la respuesta del grupo
promise-to-be-done = por hacer
promise-reported-done = declarado hecho
promise-confirmed-done = hecho, confirmado por el solicitante
promise-cannot-be-kept = no puede mantenerse
promise-own-word-alone = hecho solo según su palabra

## Marks above and beside a message

mark-late = tardío
mark-on-behalf = registrado en su nombre
mark-attested = atestado por su pasarela, no firmado por una persona
mark-answer-lapsed = SIN EFECTO: respondía al mensaje antes de su rectificación
mark-answer-late = TARDÍO: tras el plazo límite, que figura al lado
mark-found-late = constatado con retraso
mark-taken-back = retirado
mark-ended = terminado
mark-corrected = rectificado
mark-again = de nuevo
mark-incident = incidente
mark-shelved = sonido aplazado
mark-missing = falta
mark-confirmed = hecho, confirmado
mark-beware = atención
mark-new = nuevo
mark-changed = cambiado

## What marks and states mean

why-owner-says-over = el titular del lugar dice que ya no recibe fuego
why-stands-below = lo que sigue es lo que dice desde entonces
why-open-until-owner = abierto mientras el titular del lugar no diga P7, sea cual sea la respuesta
why-watch-desk-reads = también lo lee el puesto de guardia
why-shelf-stops-no-other = no se detienen el sonido de otros ni ningún plazo
why-nearer-than-way = más próximo de lo que tardan juntos la respuesta y el camino
why-in-the-way = hacia donde se pide salir está lo declarado
why-until-answered = Mientras nadie responda, no hay respuesta.

## What is waited for

due-delivery = llegada al puesto
due-read-back = colación
due-next-level = nivel superior
due-reminder = recordatorio
due-answer = respuesta
due-promise = lo prometido
due-reply = respuesta del grupo

## What fell due

lapse-not-delivered = NO LLEGADO, ninguno de sus puestos lo tiene
lapse-every-desk = nadie lo ha colacionado, así que lo mostrarán todos sus puestos
lapse-alternate-path = nadie lo ha colacionado, así que irá por su otra vía
lapse-next-level = sin respuesta, así que se eleva al nivel superior
lapse-reminder = sin respuesta, se les recuerda
lapse-next-line-test = sin respuesta, se tratará en la próxima prueba de línea
lapse-no-answer = SIN RESPUESTA. Esto no autoriza nada
lapse-not-received = NO RECIBIDO A TIEMPO, nadie lo ha colacionado. No es una negativa
lapse-undertaking-overdue = lo que prometieron está FUERA DE PLAZO
lapse-no-reply = falta la respuesta del grupo, así que se eleva al nivel superior

## Lines and their tests

line-never-heard = nunca
line-no-test = ninguna prueba
line-waits = espera su respuesta
line-missed = PERDIDA, nadie respondió a tiempo
line-ours = la nuestra
line-theirs = la suya

## Overlaps

overlap-open = abierto: nadie se ha hecho cargo
overlap-owned = asumido
overlap-notified = ambas partes lo han leído
overlap-contact-made = las partes han hablado entre sí
overlap-accepted-risk = ambas partes aceptan el riesgo
overlap-resolved = resuelto por un cambio
overlap-expired = su tiempo ha pasado
overlap-contact-overdue = contacto fuera de plazo
overlap-owner = a cargo de
overlap-over = terminado
overlap-under-way = en curso

## Headings of the inbox

section-awaiting = Esperan su respuesta
section-incidents = Bajo fuego, mientras el titular no diga que ha terminado
section-untold = Los suyos comienzan pronto, y nadie ha dicho que haya informado a sus unidades
section-refused = Enviados por ustedes: la respuesta fue no, o ninguna
section-unsettled = Superposiciones que nadie ha resuelto
section-promised = Prometido por ustedes
section-unread = Nuevo, no se pide respuesta
section-sent = Enviados por ustedes
section-watched = Entre otros, sin respuesta
movement-over = el movimiento llegó, fue interrumpido, terminó o se notificó de nuevo
section-over = Terminado
section-not-in-record = Aún no figuran en el registro
section-read-out = Leído de viva voz, sin firma de nadie
span-now = ahora

## What came or went by file

file-verified = por fichero, firma verificada
file-revoked = por fichero, CLAVE REVOCADA
file-not-taken = por fichero, NO TOMADO por la entidad anfitriona
file-too-late = por fichero, NO ENVIADO: pasado el plazo
file-went = salió por fichero
fate-waiting = espera ser enviado
fate-promised = prometido por la entidad anfitriona
fate-too-late = NO ENVIADO: pasado el plazo
fate-not-taken = NO TOMADO por la entidad anfitriona
fate-does-not-stand = SIN EFECTO

## What was read out and typed in

voice-unsigned = leído de viva voz, sin firma: no figura en el registro
voice-in-record = en el registro
voice-by-file = por fichero
voice-corrected-since = rectificado desde entonces
voice-ambiguous = AMBIGUO: varios mensajes firmados se llaman así: llame y pida que lean el nombre entero
note-waits-for-message = anotado, sin firmar: espera el mensaje
note-waits-for-signature = anotado, y ESPERA SU FIRMA
note-signed = anotado, y firmado
note-signed-otherwise = NO COINCIDE: firmaron otra respuesta: llame
note-over = anotado, sin firmar: ya no hay nada que responder
note-mismatch = anotado, pero no responde a nada firmado: no se firma
note-corrected = anotado, y NO FIRMADO: el mensaje se rectificó desde entonces; léalo y respóndalo como está ahora

## Spans of time, and states with the values that they show

span-in = dentro de { $value }
span-ago = hace { $value }
seconds = { $n } s
hours = { $n } h
days = { $n } d
two-units = { $first } { $rest }
said-of = { $name }: { $value }
by-whom = { $value }, por: { $name }
answer-by-time = { $name }, a más tardar: { $value }
answer-until-time = { $name } Respuesta a más tardar: { $value }
answer-of-time = { $name }, hora: { $value }
no-answer-counts-as = Sin respuesta, equivale a: { $value }.
promised-by = { $name }; a más tardar: { $value }
not-delivered-call = NO LLEGADO a { $name }: llame a { $value }
shelved-until = sonido aplazado, fin: { $value }, por: { $name }
of-party = { $name }, participante: { $value }
clock-ahead = su reloj adelanta: { $value }
clock-behind = su reloj atrasa: { $value }
suspended-by = SUSPENDIDO por: { $name }
answered-after = respondida tras { $value }
answered-late-after = respondida TARDE, tras { $value }
test-number = número { $n }
so-many-of = { $n } de { $rest }
last-in-a-row = las últimas seguidas: { $n }
takes-over = toma el relevo: { $value }
on-duty-since = desde: { $value }
over-ago = su tiempo pasó hace { $value }
begins-in = empieza dentro de { $value }
began-ago = empezó hace { $value }
so-many-more = más: { $n }
read-back-in = { $value }, idioma mostrado: { $language }
voice-stands = tal como se leyó, { $name }: { $value }
voice-mismatch = NO COINCIDE: lo firmado ({ $value }, { $name }) NO es lo que se leyó: llame, y no actúe según ninguno antes de eso
voice-contradiction = CONTRADICCIÓN: { $n } se leyó con el mismo nombre y dice otra cosa: llame
your-answer = su respuesta { $value }
text-left-out = NO INCLUIDO: { $value }: no cabe en la forma de texto; pida que se lo digan o se lo entreguen como fichero
text-not-known-here = DESCONOCIDO AQUÍ: { $value }: este puesto no tiene una sola cosa cuyo nombre empiece así; pregunte qué es
