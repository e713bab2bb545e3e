# A language follows English, which is the meaning, and may lack what it will: English stands in for it.
# Rules of form stand at the head of en.ftl. Once a named speaker has signed for every line, say who below.

language-tag = fr
language-name = Français
language-direction = ltr
language-gap = space
language-checked-by = none

## How sentences and values are put together

in-answer-to = En réponse à
unchecked = La formulation dans cette langue n'a été vérifiée par aucun locuteur nommé.
time = { $utc } (heure locale { $local })
minutes = { $n } min
parameter = { $label } : { $value }.
list = { $first }, { $rest }
with-name = { $name } ({ $short })
text-in = « { $value } » ({ $language })
until-further-message = non indiquée, jusqu'à nouveau message

## Codes: the sentence of each

head-L1 = Essai de ligne. Prière de répondre « reçu ».
head-L2 = Relève de permanence.
head-L3 = Nous suspendons ce canal de notre côté.
head-L4 = Nous reprenons l'usage de ce canal.
head-L5 = Nous demandons un contact vocal.
head-L6 = Nous demandons une réunion.
head-Z1 = Nous proposons les termes d'une zone.
head-Z2 = Nous proposons de modifier les termes d'une zone.
head-Z3 = Nous notifions une zone que nous avons déclarée unilatéralement.
head-Z4 = Changement d'état d'une zone.
head-Z5 = Nous mettons fin à notre participation à un arrangement de zone. Il ne s'agit pas d'un mouvement de troupes.
head-O1 = Nous notifions une activité prévue.
head-O2 = Nous modifions une activité notifiée.
head-O3 = Notre activité n'a plus lieu.
head-O4 = Chevauchement trouvé avec ce que vous avez déclaré.
head-O5 = Nous vous demandons de modifier votre activité.
head-O6 = Avis de danger.
head-P1 = Nous notifions un lieu protégé.
head-P2 = Nous notifions un déplacement.
head-P3 = État d'un déplacement notifié.
head-P4 = La notification d'un lieu protégé a changé.
head-P5 = Nous vous demandons de faciliter un passage.
head-P6 = Un lieu ou déplacement protégé est sous le feu. Cessez immédiatement, et vérifiez si cela vient de vous.
head-P7 = Le lieu ou déplacement n'est plus sous le feu.
head-P8 = Nous observons un écart avec votre notification. Prière d'indiquer ce qu'il en est.
head-P9 = Nous avons porté votre notification à la connaissance de nos unités.
head-P10 = Un déplacement notifié est en retard, sans nouvelles.
head-H1 = Nous demandons une pause humanitaire.
head-W1 = D'après le calcul, une entrée dans la zone est attendue.
head-W2 = Nous observons une présence. De qui relève-t-elle ?
head-W3 = Les effectifs augmentent près de la zone. Prière d'expliquer.
head-W4 = Nous demandons à ceux qui sont à l'intérieur de quitter la zone.
head-W5 = Nous vous demandons de rester sur place.
head-W6 = Nous vous demandons de rester hors de la zone.
head-W7 = Les nôtres, ou ceux au nom de qui nous parlons, ont quitté la zone.
head-W8 = Devons-nous rester à l'écart de cette aire ?
head-W9 = Halte au tir et vérifiez. Le tir tombe sur les nôtres.
head-Y1 = Nous vous demandons de relayer ce message au groupe.
head-Y2 = Nous avons relayé le message au groupe.
head-Y3 = Réponse du groupe, telle qu'elle nous a été donnée.
head-Y4 = Nous ne pouvons pas relayer le message.
head-D1 = Nous signalons un incident.
head-D2 = Nous contestons une inscription au registre.
head-D3 = Nous élevons une protestation.
head-D4 = Nous demandons des précisions.
head-D5 = Nous demandons un examen conjoint.
head-D6 = Rectification de notre message.
head-D7 = Nous annulons notre message.
head-D8 = Nous ne pouvons plus tenir notre réponse.

## Answers

answer-wilco = Nous le ferons.
answer-unable = Nous ne pouvons pas.
answer-standby = Attendez notre réponse.
answer-affirm = Oui.
answer-negative = Non.
answer-roger = Reçu.
answer-ceased = Notre tir à cet endroit est arrêté.
answer-checking = Vérification en cours. Pas encore de réponse.
answer-not-ours = Pas à nous.
answer-ours = À nous.
answer-partner = À un partenaire.
answer-unknown = Nous ne savons pas.
answer-routine = Activité courante.
answer-see-operation = Voir l'activité indiquée.
answer-as-notified = Conforme à la notification.
answer-changed = Modifié.
answer-stopping = Nous nous arrêtons.
answer-cannot-confirm = Nous ne pouvons pas confirmer.
answer-keep-clear = Prière de rester à l'écart.
answer-call-us = Appelez-nous.
answer-no-statement = Sans déclaration.
answer-accepted = Nous acceptons votre version.
answer-maintained = Nous maintenons notre version.
answer-clarified = Nos précisions suivent.

## Parameters: the label of each

label-zone = Zone
label-version = Version
label-from_version = Ancienne version
label-to_version = Nouvelle version
label-from = Début
label-until = Fin
label-by = Au plus tard
label-time = Heure
label-since = Depuis
label-reason = Motif
label-n = Numéro
label-post = Poste
label-name = Nom
label-languages = Langues
label-means = Moyen
label-level = Niveau
label-subject = Objet
label-operation = Activité
label-changes = Modifications
label-conflict = Chevauchement
label-time_to_start = Temps avant le début
label-shift = Changement demandé
label-volumes = Lieu et période
label-hazard = Danger
label-site = Lieu protégé
label-movement = Déplacement notifié
label-object = Lieu ou déplacement
label-status = État
label-last_status = Dernier état
label-seen = Observé
label-unit_level = Échelon atteint
label-area = Aire
label-purpose = Raison
label-who = Qui
label-sector = Secteur
label-from_sector = Venant du secteur
label-exit_sector = Sortie vers
label-entry_time = Entrée estimée
label-where = Où
label-size = Classe d'effectif
label-last_seen = Dernière observation
label-cell = Carreau de grille
label-message = Message
label-group = Groupe
label-how = Forme
label-reply = Réponse
label-place = Lieu
label-what = Ce qui s'est passé
label-digest = Empreinte de la pièce
label-entry = Inscription
label-point = Point
label-own_version = Notre version
label-question = Question
label-incident = Incident
label-field = Rubrique
label-new_value = Nouvelle valeur
label-authority = Niveau d'autorité
label-contact = Appeler
label-caller = Qui appelle
label-waypoint = Point de route
label-answer_by = Réponse au plus tard
label-stopped_from = Heure de l'arrêt
label-text = Précisions

## Choices

choice-north = nord
choice-north-east = nord-est
choice-east = est
choice-south-east = sud-est
choice-south = sud
choice-south-west = sud-ouest
choice-west = ouest
choice-north-west = nord-ouest
choice-inside = à l'intérieur
choice-around = autour
choice-at-most-10 = 10 au plus
choice-at-most-50 = 50 au plus
choice-at-most-250 = 250 au plus
choice-over-250 = plus de 250
choice-telephone = téléphone
choice-satellite-telephone = téléphone satellite
choice-radio = radio
choice-video = visioconférence
choice-in-person = en personne
choice-written = par écrit
choice-we-call = nous vous appelons
choice-you-call = vous nous appelez
choice-duty = permanence
choice-commander = commandement
choice-face-to-face = face à face
choice-highest-authority = plus haut niveau
choice-headquarters = état-major
choice-formation = grande unité
choice-unit = unité
choice-crew = équipages
choice-applied = appliquée par son auteur
choice-not-applied = non appliquée par son auteur
choice-ended = terminé
choice-cancelled = annulé
choice-change-of-time = horaire
choice-change-of-area = aire
choice-change-of-height = altitude
choice-earlier = plus tôt
choice-later = plus tard
choice-other-area = autre aire
choice-other-height = autre altitude
choice-live-fire = tir réel
choice-laser = laser
choice-jamming = brouillage
choice-mines = mines (explosives)
choice-exercise = exercice
choice-departed = parti
choice-at-waypoint = à un point de route
choice-delayed = retardé
choice-deviated = écart d'itinéraire
choice-armed-persons-present = présence de personnes armées
choice-arrived = arrivé
choice-aborted = interrompu
choice-changed = modifié
choice-expired = échu
choice-notice-withdrawn = notification retirée
choice-armed-persons = personnes armées
choice-off-route = écart d'itinéraire
choice-extra-vehicles = véhicules en plus
choice-wounded = blessés
choice-dead = morts
choice-evacuation = évacuation
choice-rescue = sauvetage
choice-verbatim = mot à mot
choice-summary = en substance
choice-will-comply = le groupe le fera
choice-refuses = le groupe refuse
choice-not-reached = groupe non joint
choice-denies-presence = le groupe nie être présent
choice-denies-we-speak-for-it = le groupe nie que nous parlions en son nom
choice-too-little-time = trop peu de temps
choice-no-contact = pas de contact avec les intéressés
choice-no-authority = hors de notre compétence
choice-own-activity = activité de notre part
choice-terms = les termes
choice-weather-or-terrain = météo ou terrain
choice-equipment = panne technique
choice-not-verified = non vérifié
choice-not-stated = non indiqué

## Precedence and traffic

precedence-flash = FLASH
precedence-immediate = IMMÉDIAT
precedence-priority = URGENT
precedence-routine = ROUTINE
traffic-real = RÉEL
traffic-exercise = EXERCICE
traffic-test = ESSAI

## Receipts and states

state-repeat = Demande, fois
receipt-delivered = parvenu
receipt-displayed = affiché
receipt-read-back = collationné
receipt-answered = répondu
receipt-relayed = relayé au groupe
receipt-relay-answered = le groupe a répondu
receipt-unable-to-relay = n'a pas pu être relayé
state-not-delivered = non parvenu
state-not-received = non reçu à temps
state-no-answer = pas de réponse
state-open = ouvert
state-closed = clos
state-passed-on = relayé, sans réponse
state-escalated = porté au niveau supérieur
state-overdue = hors délai
state-met = fait
state-undertaking = engagement pris
state-cancelled = annulé par son expéditeur
state-corrected = rectifié par son expéditeur
state-too-short = délai trop court
state-entered-for = saisi pour
state-left-out = non repris ici

## Notices by phone or mail, which say no more than that something waits

notice-waiting = { $name } en attente, appelez le { $value }.
notice-count = En attente
notice-test = Essai de cette voie d'avis. Aucune réponse n'est demandée.

## Standing sentences

end-no-answer = Pas de réponse. Cela n'autorise rien.
end-not-who-is-there = Cela ne dit pas qui s'y trouve et n'autorise rien.
end-recognises-no-zone = Aucune réponse à ceci ne vaut reconnaissance d'une zone.
end-zone-unchanged = Seule une déclaration de son auteur modifie la zone elle-même.
end-protection-unchanged = Protection en droit inchangée.
end-not-reconfirmed = Non reconfirmé.
end-units-not-told = Personne n'a dit avoir informé ses unités.
end-notifies-only = Ceci notifie et ne demande aucune approbation.
end-compared-only = Comparé seulement à ce qui a été déclaré.
end-no-overlap = Aucun chevauchement trouvé dans ce qui a été déclaré.
end-not-observed = Affirmé, non observé.
end-not-the-groups-consent = Nous relaierons. Ce n'est pas le consentement du groupe.
end-out-of-date = Hors délai. À lire, sans y donner suite.
end-lapsed = Non reçu à temps. La demande est caduque. Ce n'est pas un refus et cela n'autorise rien.
end-life-saving-passes = Les messages P, W, L, H et d'annulation passent toujours.
end-permits-nothing = Cela n'autorise rien.
end-silence-keep-clear = Sans réponse : rester à l'écart.
end-group-not-answered = Le groupe n'a pas encore répondu.
end-earlier-answers-lapse = Les réponses antérieures sont caduques.
end-agrees-only-by-affirm = Seul un « oui » signé vaut accord sur cette version même. Toute autre réponse ne vaut pas reconnaissance d'une zone.
end-nothing-of-before = Cela ne dit rien de ce qui a précédé.
end-not-recognition = Ni reconnaissance ni consentement.
end-may-be-movement = Peut-être un déplacement notifié.
rule-by-and-end = « Au plus tard » comprend l'heure indiquée. « Fin » est le premier instant où cela ne vaut plus.

## States, receipts and lapses in what people read: the word of each

state-not-delivered-yet = pas encore parvenu
state-not-yet = pas encore
state-not-told = la suite donnée chez eux ne vous est pas communiquée
state-held-open = maintenu ouvert
state-past-time = délai passé
state-unsaid-by-host = aucun organisme d'accueil ne l'a dit
state-ended-by-owner = terminé, selon son titulaire
state-none-asked = aucune réponse n'est demandée
state-grouped = regroupé, sans son
hop-answer = ils n'ont pas dit s'ils relaient
hop-pass-on = pas encore relayé
hop-reply = relayé, la réponse du groupe manque
promise-to-be-done = à faire
promise-reported-done = déclaré fait
promise-confirmed-done = fait, confirmé par le demandeur
promise-cannot-be-kept = ne peut être tenu
promise-own-word-alone = fait selon leur seule parole

## Marks above and beside a message

mark-late = tardif
mark-on-behalf = saisi en son nom
mark-attested = attesté par sa passerelle, non signé par une personne
mark-answer-lapsed = CADUC : il répondait au message avant sa rectification
mark-answer-late = TARDIF : après la date limite, indiquée à côté
mark-found-late = constaté tardivement
mark-taken-back = retiré
mark-ended = terminé
mark-corrected = rectifié
mark-again = de nouveau
mark-incident = incident
mark-shelved = son différé
mark-missing = manque
mark-confirmed = fait, confirmé
mark-beware = attention
mark-new = nouveau
mark-changed = changé

## What marks and states mean

why-owner-says-over = le titulaire du lieu dit qu'il n'est plus sous le feu
why-stands-below = ce qui suit est ce qu'il dit depuis lors
why-open-until-owner = ouvert tant que le titulaire du lieu ne dit pas P7, quelle que soit la réponse
why-watch-desk-reads = la cellule de veille le lit aussi
why-shelf-stops-no-other = ni le son des autres ni aucun délai ne s'arrête
why-nearer-than-way = plus proche que la réponse et le trajet réunis
why-in-the-way = du côté demandé pour quitter se trouve ce qui a été déclaré
why-until-answered = Tant que personne ne répond, il n'y a pas de réponse.

## What is waited for

due-delivery = arrivée au poste
due-read-back = collationnement
due-next-level = niveau supérieur
due-reminder = rappel
due-answer = réponse
due-promise = ce qui a été promis
due-reply = réponse du groupe

## What fell due

lapse-not-delivered = NON PARVENU, aucun de leurs postes ne l'a
lapse-every-desk = collationné par personne, donc chacun de leurs postes doit l'afficher
lapse-alternate-path = collationné par personne, donc il doit passer par leur autre voie
lapse-next-level = sans réponse, donc porté au niveau supérieur
lapse-reminder = sans réponse, un rappel leur est fait
lapse-next-line-test = sans réponse, il en sera parlé au prochain essai de ligne
lapse-no-answer = PAS DE RÉPONSE. Cela n'autorise rien
lapse-not-received = NON REÇU À TEMPS, collationné par personne. Ce n'est pas un refus
lapse-undertaking-overdue = ce qu'ils ont promis est HORS DÉLAI
lapse-no-reply = la réponse du groupe manque, donc porté au niveau supérieur

## Lines and their tests

line-never-heard = jamais
line-no-test = aucun essai
line-waits = attend sa réponse
line-missed = MANQUÉ, personne n'a répondu à temps
line-ours = le nôtre
line-theirs = le leur

## Overlaps

overlap-open = ouvert : personne ne l'a pris en charge
overlap-owned = pris en charge
overlap-notified = les deux côtés en ont lu l'avis
overlap-contact-made = les deux côtés se sont parlé
overlap-accepted-risk = les deux côtés acceptent le risque
overlap-resolved = résolu par une modification
overlap-expired = son temps est passé
overlap-contact-overdue = contact hors délai
overlap-owner = pris en charge par
overlap-over = terminé
overlap-under-way = en cours

## Headings of the inbox

section-awaiting = En attente de votre réponse
section-incidents = Sous le feu, tant que le titulaire ne dit pas que c'est terminé
section-untold = Les vôtres commencent bientôt, et personne n'a dit avoir informé ses unités
section-refused = Envoyés par vous : la réponse est non, ou il n'y en a pas
section-unsettled = Chevauchements que personne n'a réglés
section-promised = Promis par vous
section-unread = Nouveau, aucune réponse n'est demandée
section-sent = Envoyés par vous
section-watched = Entre d'autres, sans réponse
movement-over = le déplacement est arrivé, a été interrompu, a pris fin ou a été notifié de nouveau
section-over = Terminé
section-not-in-record = Pas encore au registre
section-read-out = Lu de vive voix, signé par personne
span-now = maintenant

## What came or went by file

file-verified = par fichier, signature vérifiée
file-revoked = par fichier, CLÉ RÉVOQUÉE
file-not-taken = par fichier, NON REPRIS par l'organisme d'accueil
file-too-late = par fichier, NON ENVOYÉ : délai passé
file-went = parti par fichier
fate-waiting = attend d'être envoyé
fate-promised = promis par l'organisme d'accueil
fate-too-late = NON ENVOYÉ : délai passé
fate-not-taken = NON REPRIS par l'organisme d'accueil
fate-does-not-stand = SANS EFFET

## What was read out and typed in

voice-unsigned = lu de vive voix, non signé : absent du registre
voice-in-record = au registre
voice-by-file = par fichier
voice-corrected-since = rectifié depuis
voice-ambiguous = AMBIGU : plusieurs messages signés portent ce nom : appelez et faites lire le nom entier
note-waits-for-message = noté, non signé : attend le message
note-waits-for-signature = noté, et ATTEND VOTRE SIGNATURE
note-signed = noté, et signé
note-signed-otherwise = DISCORDANCE : vous avez signé une autre réponse : appelez
note-over = noté, non signé : il n'y a plus rien à répondre
note-mismatch = noté, mais ne répond à rien de signé : il n'est pas signé
note-corrected = noté, et NON SIGNÉ : le message a été rectifié depuis ; lisez-le, et répondez-y tel qu'il est maintenant

## Spans of time, and states with the values that they show

span-in = dans { $value }
span-ago = il y a { $value }
seconds = { $n } s
hours = { $n } h
days = { $n } j
two-units = { $first } { $rest }
said-of = { $name } : { $value }
by-whom = { $value }, par : { $name }
answer-by-time = { $name }, au plus tard : { $value }
answer-until-time = { $name } Réponse au plus tard : { $value }
answer-of-time = { $name }, heure : { $value }
no-answer-counts-as = Sans réponse, cela vaut : { $value }.
promised-by = { $name } ; au plus tard : { $value }
not-delivered-call = NON PARVENU à { $name } : appelez { $value }
shelved-until = son différé, fin : { $value }, par : { $name }
of-party = { $name }, participant : { $value }
clock-ahead = son horloge avance : { $value }
clock-behind = son horloge retarde : { $value }
suspended-by = SUSPENDU par : { $name }
answered-after = répondu après { $value }
answered-late-after = répondu TARDIVEMENT, après { $value }
test-number = numéro { $n }
so-many-of = { $n } sur { $rest }
last-in-a-row = les derniers de suite : { $n }
takes-over = prend la relève : { $value }
on-duty-since = depuis : { $value }
over-ago = son temps est passé il y a { $value }
begins-in = commence dans { $value }
began-ago = a commencé il y a { $value }
so-many-more = de plus : { $n }
read-back-in = { $value }, langue d'affichage : { $language }
voice-stands = tel que lu, { $name } : { $value }
voice-mismatch = DISCORDANCE : ce qui est signé ({ $value }, { $name }) N'EST PAS ce qui a été lu : appelez, et ne donnez suite à aucun des deux avant cela
voice-contradiction = CONTRADICTION : { $n } a été lu sous le même nom et dit autre chose : appelez
your-answer = votre réponse { $value }
text-left-out = NON REPRIS : { $value } : la forme textuelle n'a pas la place ; faites-le dire, ou remettre par fichier
text-not-known-here = INCONNU ICI : { $value } : ce poste n'a pas une seule chose dont le nom commence ainsi ; demandez ce que c'est
