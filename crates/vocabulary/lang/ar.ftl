# A language follows English, which is the meaning, and may lack what it will: English stands in for it.
# Rules of form stand at the head of en.ftl. Once a named speaker has signed for every line, say who below.

language-tag = ar
language-name = العربية
language-direction = rtl
language-gap = space
language-checked-by = none

## How sentences and values are put together

in-answer-to = جواباً على
unchecked = لم يراجع الصياغةَ بهذه اللغة أيُّ متحدث بها مذكور بالاسم.
time = { $utc } (بالتوقيت المحلي { $local })
minutes = { $n } (بالدقائق)
parameter = { $label }: { $value }.
list = { $first }، { $rest }
with-name = { $name } ({ $short })
text-in = «{ $value }» ({ $language })
until-further-message = غير محددة، حتى رسالة لاحقة

## Codes: the sentence of each

head-L1 = اختبار الخط. نرجو الرد بعبارة «استُلمت».
head-L2 = تبديل المناوب.
head-L3 = نعلّق عمل هذه القناة من جهتنا.
head-L4 = نستأنف عمل هذه القناة.
head-L5 = نطلب اتصالاً صوتياً.
head-L6 = نطلب عقد اجتماع.
head-Z1 = نقترح شروطاً لمنطقة.
head-Z2 = نقترح تعديل شروط منطقة.
head-Z3 = نُخطر بمنطقة أعلنّاها من جانبنا وحدنا.
head-Z4 = تغيير حالة منطقة.
head-Z5 = ننهي مشاركتنا في الترتيب الخاص بمنطقة. ولا يتناول هذا تحرك قوات.
head-O1 = نُخطر بنشاط مزمع.
head-O2 = نعدّل نشاطاً سبق الإخطار به.
head-O3 = لم يعد نشاطنا قائماً.
head-O4 = وُجد تداخل مع ما أعلنتموه.
head-O5 = نطلب تعديل نشاطكم.
head-O6 = إشعار بخطر.
head-P1 = نُخطر بمكان مشمول بالحماية.
head-P2 = نُخطر بتنقّل.
head-P3 = حالة تنقّل مُخطَر به.
head-P4 = تغيّر الإخطار الخاص بمكان مشمول بالحماية.
head-P5 = نطلب منكم تسهيل مرور.
head-P6 = مكان أو تنقّل مشمول بالحماية تحت النيران أو القصف. نطلب منكم إيقاف ذلك فوراً والتحقق هل هو منكم.
head-P7 = لم يعد المكان أو التنقّل تحت النيران أو القصف.
head-P8 = نشاهد ما يختلف عن إخطاركم. نرجو بيان الواقع.
head-P9 = لقد أبلغنا وحداتنا بإخطاركم.
head-P10 = تنقّل مُخطَر به تأخر عن موعده ولا خبر عنه.
head-H1 = نطلب توقفاً إنسانياً مؤقتاً.
head-W1 = بحسب الحساب يُتوقَّع دخول إلى المنطقة.
head-W2 = نشاهد وجوداً في المكان المبيّن. لمن هو؟
head-W3 = تتزايد الأعداد قرب المنطقة. نرجو التوضيح.
head-W4 = نطلب ممن هم داخل المنطقة مغادرتها.
head-W5 = نطلب منكم البقاء في المكان.
head-W6 = نطلب منكم البقاء خارج المنطقة.
head-W7 = أفرادنا أو من نتحدث باسمهم غادروا المنطقة.
head-W8 = هل علينا الابتعاد عن هذه الرقعة؟
head-W9 = نطلب منكم إيقاف الرمي فوراً والتحقق. النيران تقع على أفرادنا.
head-Y1 = نطلب منكم نقل هذه الرسالة إلى المجموعة.
head-Y2 = لقد نقلنا الرسالة إلى المجموعة.
head-Y3 = رد المجموعة كما أُعطي لنا.
head-Y4 = يتعذّر علينا نقل الرسالة.
head-D1 = نُبلغ عن حادث.
head-D2 = نعترض على قيد في السجل.
head-D3 = نسجّل احتجاجاً.
head-D4 = نطلب إيضاحاً.
head-D5 = نطلب مراجعة مشتركة.
head-D6 = تصويب لرسالتنا.
head-D7 = نلغي رسالتنا.
head-D8 = لم يعد بوسعنا الوفاء بجوابنا.

## Answers

answer-wilco = سننفّذ.
answer-unable = يتعذّر علينا.
answer-standby = نرجو انتظار جوابنا.
answer-affirm = نعم.
answer-negative = لا.
answer-roger = استُلمت.
answer-ceased = لقد أوقفنا رمينا هناك.
answer-checking = نتحقق. لم نُجب بعد.
answer-not-ours = ليس لنا.
answer-ours = لنا.
answer-partner = لشريك لنا.
answer-unknown = لا نعلم.
answer-routine = نشاط معتاد.
answer-see-operation = يُنظر النشاط المذكور هنا.
answer-as-notified = كما في الإخطار.
answer-changed = تغيّر.
answer-stopping = نحن نتوقف.
answer-cannot-confirm = لا يمكننا التأكيد.
answer-keep-clear = نرجو الابتعاد.
answer-call-us = نرجو الاتصال بنا.
answer-no-statement = لا نُدلي ببيان.
answer-accepted = نقبل روايتكم.
answer-maintained = نبقى على روايتنا.
answer-clarified = نقدّم الإيضاح المطلوب.

## Parameters: the label of each

label-zone = المنطقة
label-version = النسخة
label-from_version = النسخة السابقة
label-to_version = النسخة الجديدة
label-from = البداية
label-until = النهاية
label-by = في موعد أقصاه
label-time = الوقت
label-since = منذ
label-reason = السبب
label-n = الرقم
label-post = مركز المناوبة
label-name = الاسم
label-languages = اللغات
label-means = الوسيلة
label-level = المستوى
label-subject = الموضوع
label-operation = النشاط
label-changes = التغييرات
label-conflict = التداخل
label-time_to_start = الوقت المتبقي للبداية
label-shift = التعديل المطلوب
label-volumes = المكان والزمان
label-hazard = الخطر
label-site = المكان المشمول بالحماية
label-movement = التنقّل
label-object = المكان أو التنقّل
label-status = الحالة
label-last_status = آخر حالة
label-seen = ما شوهد
label-unit_level = المستوى الذي أُبلغ
label-area = الرقعة
label-purpose = الغرض
label-who = المعنيّ
label-sector = الجهة
label-from_sector = قادم من جهة
label-exit_sector = الخروج نحو
label-entry_time = وقت الدخول المتوقع
label-where = أين
label-size = فئة الحجم
label-last_seen = آخر مشاهدة
label-cell = مربّع الشبكة
label-message = الرسالة
label-group = المجموعة
label-how = صيغة النقل
label-reply = الرد
label-place = المكان
label-what = ما حدث
label-digest = بصمة الأدلة
label-entry = القيد
label-point = النقطة
label-own_version = روايتنا
label-question = السؤال
label-incident = الحادث
label-field = الخانة
label-new_value = القيمة الجديدة
label-authority = مستوى الصلاحية
label-contact = للاتصال
label-caller = من يتصل
label-waypoint = نقطة الطريق
label-answer_by = الجواب في موعد أقصاه
label-stopped_from = وقت التوقف
label-text = الإيضاح

## Choices

choice-north = شمال
choice-north-east = شمال شرقي
choice-east = شرق
choice-south-east = جنوب شرقي
choice-south = جنوب
choice-south-west = جنوب غربي
choice-west = غرب
choice-north-west = شمال غربي
choice-inside = داخل
choice-around = حول
choice-at-most-10 = ⁦10⁩ على الأكثر
choice-at-most-50 = ⁦50⁩ على الأكثر
choice-at-most-250 = ⁦250⁩ على الأكثر
choice-over-250 = أكثر من ⁦250⁩
choice-telephone = هاتف
choice-satellite-telephone = هاتف عبر الأقمار الصناعية
choice-radio = لاسلكي
choice-video = اتصال مرئي
choice-in-person = حضورياً
choice-written = كتابةً
choice-we-call = نحن نتصل بكم
choice-you-call = أنتم تتصلون بنا
choice-duty = المناوب
choice-commander = القائد
choice-face-to-face = لقاء مباشر
choice-highest-authority = المستوى الأعلى
choice-headquarters = القيادة
choice-formation = التشكيل
choice-unit = الوحدة
choice-crew = الأطقم
choice-applied = يطبّقها معلنها
choice-not-applied = لا يطبّقها معلنها
choice-ended = انتهى
choice-cancelled = أُلغي
choice-change-of-time = الوقت
choice-change-of-area = الرقعة
choice-change-of-height = الارتفاع
choice-earlier = في وقت أبكر
choice-later = في وقت لاحق
choice-other-area = رقعة أخرى
choice-other-height = ارتفاع آخر
choice-live-fire = رماية بالذخيرة الحية
choice-laser = ليزر
choice-jamming = تشويش
choice-mines = ألغام
choice-exercise = تمرين
choice-departed = غادر
choice-at-waypoint = عند نقطة من الطريق
choice-delayed = تأخّر
choice-deviated = خروج عن المسار
choice-armed-persons-present = وجود أشخاص يحملون سلاحاً
choice-arrived = وصل
choice-aborted = لم يكتمل
choice-changed = تغيّر
choice-expired = انتهت المدة
choice-notice-withdrawn = سُحب الإخطار
choice-armed-persons = أشخاص يحملون سلاحاً
choice-off-route = خروج عن المسار
choice-extra-vehicles = مركبات إضافية
choice-wounded = جرحى
choice-dead = موتى
choice-evacuation = إجلاء
choice-rescue = إنقاذ
choice-verbatim = حرفياً
choice-summary = بالمعنى
choice-will-comply = المجموعة ستنفّذ
choice-refuses = المجموعة ترفض
choice-not-reached = لم نتمكن من الاتصال بالمجموعة
choice-denies-presence = المجموعة تنفي أنها موجودة هناك
choice-denies-we-speak-for-it = المجموعة تنفي أننا نتحدث باسمها
choice-too-little-time = ضيق الوقت
choice-no-contact = لا اتصال بالمعنيين
choice-no-authority = خارج صلاحيتنا
choice-own-activity = نشاط خاص بنا
choice-terms = الشروط
choice-weather-or-terrain = الطقس أو التضاريس
choice-equipment = عطل فني
choice-not-verified = لم يُتحقق منه
choice-not-stated = غير مذكور

## Precedence and traffic

precedence-flash = أسبقية قصوى
precedence-immediate = فوري
precedence-priority = عاجل
precedence-routine = عادي
traffic-real = حقيقي
traffic-exercise = تمرين
traffic-test = اختبار

## Receipts and states

state-repeat = الطلب، المرة
receipt-delivered = وصلت الرسالة
receipt-displayed = عُرضت
receipt-read-back = أُعيد ترديدها
receipt-answered = أُجيب عنها
receipt-relayed = نُقلت إلى المجموعة
receipt-relay-answered = أجابت المجموعة
receipt-unable-to-relay = تعذّر نقلها
state-not-delivered = لم تصل الرسالة
state-not-received = لم تُستلم في الوقت
state-no-answer = لا جواب
state-open = مفتوحة
state-closed = مغلقة
state-passed-on = نُقلت ولا جواب بعد
state-escalated = رُفعت إلى مستوى أعلى
state-overdue = تجاوز الموعد
state-met = نُفّذ
state-undertaking = تعهّد
state-cancelled = ألغاها مرسلها
state-corrected = صوّبها مرسلها
state-too-short = المدة أقصر من اللازم
state-entered-for = أُدخل نيابة عن
state-left-out = غير مذكور هنا

## Notices by phone or mail, which say no more than that something waits

notice-waiting = بانتظار الرد: { $name }. اتصل بالرقم: { $value }.
notice-count = بانتظار الرد
notice-test = اختبار لمسار الإشعار هذا. لا يُطلب أي رد.

## Standing sentences

end-no-answer = لا جواب. وهذا لا يجيز شيئاً.
end-not-who-is-there = هذا لا يبيّن من يوجد هناك ولا يجيز شيئاً.
end-recognises-no-zone = لا يُعدّ أي جواب على هذا اعترافاً بمنطقة.
end-zone-unchanged = لا يغيّر المنطقة نفسها إلا إعلان من صاحبها.
end-protection-unchanged = الحماية بموجب القانون لم تتغيّر.
end-not-reconfirmed = لم يُعَد تأكيده.
end-units-not-told = لم يقل أحد إنه أبلغ وحداته.
end-notifies-only = هذا إخطار ولا يطلب موافقة.
end-compared-only = قورن فقط بما أُعلن.
end-no-overlap = لم يُعثر على تداخل فيما أُعلن.
end-not-observed = بحسب القول، ولم يُشاهَد.
end-not-the-groups-consent = سننقلها. ليس هذا موافقة من المجموعة.
end-out-of-date = فات الوقت. تُقرأ ولا يُعمل بها.
end-lapsed = لم تُستلم في الوقت. سقط الطلب. ليس هذا رفضاً ولا يجيز شيئاً.
end-life-saving-passes = رسائل ⁦P⁩، ⁦W⁩، ⁦L⁩، ⁦H⁩ والإلغاء ما زالت تمرّ.
end-permits-nothing = هذا لا يجيز شيئاً.
end-silence-keep-clear = عدم الجواب يعني الابتعاد.
end-group-not-answered = لم تُجب المجموعة بعد.
end-earlier-answers-lapse = تسقط الأجوبة السابقة.
end-agrees-only-by-affirm = لا يُتفق على هذه النسخة إلا بجواب «نعم» موقّع. وأي جواب آخر لا يُعدّ اعترافاً بمنطقة.
end-nothing-of-before = وهذا لا يبيّن شيئاً عمّا كان قبل ذلك.
end-not-recognition = ليس هذا اعترافاً ولا موافقة.
end-may-be-movement = يُحتمل أنه تنقّل مُخطَر به.
rule-by-and-end = «في موعد أقصاه» يشمل الوقت المذكور. و«النهاية» هي أول لحظة لا يعود فيها الأمر قائماً.

## States, receipts and lapses in what people read: the word of each

state-not-delivered-yet = لم تصل الرسالة بعد
state-not-yet = ليس بعد
state-not-told = لا تُبلَّغون بما آل إليه الأمر لديهم
state-held-open = تبقى مفتوحة
state-past-time = فات وقتها
state-unsaid-by-host = لم تُبلغ بذلك أي جهة مضيفة
state-ended-by-owner = انتهى الأمر بحسب صاحب المكان
state-none-asked = لا يُطلب جواب
state-grouped = ضمن مجموعة رسائل، بلا صوت
hop-answer = لم يقولوا هل سينقلونها
hop-pass-on = لم تُنقل بعد
hop-reply = نُقلت، وجواب المجموعة ناقص
promise-to-be-done = لم يُنفّذ بعد
promise-reported-done = أُبلغ بتنفيذه
promise-confirmed-done = أكّد الطالب تنفيذه
promise-cannot-be-kept = يتعذّر الوفاء به
promise-own-word-alone = نُفّذ بحسب قولهم وحدهم

## Marks above and beside a message

mark-late = متأخر
mark-on-behalf = أُدخل نيابة عنه
mark-attested = شهدت به بوابته، ولم يوقّعه شخص
mark-answer-lapsed = ساقط: كان جواباً على نص الرسالة قبل تصويبها
mark-answer-late = متأخر: بعد الموعد الأقصى المذكور بجانبه
mark-found-late = اكتُشف متأخراً
mark-taken-back = مسحوبة
mark-ended = منتهية
mark-corrected = مصوّبة
mark-again = تكرار
mark-incident = حادثة
mark-shelved = الصوت مؤجّل
mark-missing = ناقص
mark-confirmed = أكّد التنفيذ
mark-beware = انتباه
mark-new = جديد
mark-changed = تغيير

## What marks and states mean

why-owner-says-over = يقول صاحب المكان إنه لم يعد تحت النيران أو القصف
why-stands-below = المذكور أدناه هو نصها منذ ذلك الحين
why-open-until-owner = تبقى مفتوحة إلى أن يرسل صاحب المكان ⁦P7⁩، أياً كان الجواب
why-watch-desk-reads = يقرؤها مكتب المناوبة أيضاً
why-shelf-stops-no-other = لا يتوقف صوت أحد غيره ولا أي توقيت
why-nearer-than-way = أقرب مما يستغرقه الجواب والطريق معاً
why-in-the-way = في جهة المغادرة المطلوبة يقع ما أُعلن
why-until-answered = ما لم يُجب أحد فلا جواب.

## What is waited for

due-delivery = وصول الرسالة
due-read-back = ترديد الرسالة
due-next-level = المستوى الأعلى
due-reminder = تذكير
due-answer = الجواب
due-promise = ما وُعد به
due-reply = جواب المجموعة

## What fell due

lapse-not-delivered = لم تصل الرسالة، وليست لدى أي مكتب من مكاتبهم
lapse-every-desk = لم يردّدها أحد، لذا تعرضها جميع مكاتبهم
lapse-alternate-path = لم يردّدها أحد، لذا تُرسل عبر مسارهم البديل
lapse-next-level = لم يُجب عنها، لذا تُرفع إلى مستوى أعلى
lapse-reminder = لم يُجب عنها، ويُذكَّرون بها
lapse-next-line-test = لم يُجب عنها، ويُتحدث عنها في اختبار الخط التالي
lapse-no-answer = لا جواب. وهذا لا يجيز شيئاً
lapse-not-received = لم تُستلم في الوقت ولم يردّدها أحد. ليس هذا رفضاً
lapse-undertaking-overdue = ما وعدوا به تجاوز الموعد
lapse-no-reply = جواب المجموعة ناقص، لذا تُرفع إلى مستوى أعلى

## Lines and their tests

line-never-heard = أبداً
line-no-test = لا اختبار
line-waits = بانتظار الجواب
line-missed = فائت، لم يُجب أحد في الوقت
line-ours = لنا
line-theirs = لهم

## Overlaps

overlap-open = مفتوح: لم يتولّه أحد
overlap-owned = متولّى
overlap-notified = قرأ الطرفان عنه
overlap-contact-made = تحدث الطرفان
overlap-accepted-risk = يقبل الطرفان المخاطرة
overlap-resolved = حُلّ بتغيير
overlap-expired = انتهى وقته
overlap-contact-overdue = تأخّر الاتصال
overlap-owner = المتولّي
overlap-over = منتهٍ
overlap-under-way = جارٍ

## Headings of the inbox

section-awaiting = هذه بانتظار جوابكم
section-incidents = تحت النيران أو القصف، إلى أن يقول صاحب المكان إن الأمر انتهى
section-untold = تنقّلاتكم تبدأ قريبًا ولم يقل أحد إنه أبلغ وحداته
section-refused = أرسلتموها، وكان الجواب لا، أو لا جواب
section-unsettled = تداخلات لم يحلّها أحد
section-promised = وعدتم بها
section-unread = جديد، لا يُطلب جواب
section-sent = أرسلتموها
section-watched = بين آخرين ولا جواب
movement-over = وصل التنقّل أو أُوقف أو انتهى أو أُخطر به من جديد
section-over = منتهية
section-not-in-record = ليست في السجل بعد
section-read-out = تُليت شفهياً ولم يوقّعها أحد
span-now = الآن

## What came or went by file

file-verified = عبر ملف، وتم التحقق من التوقيع
file-revoked = عبر ملف، ومفتاحه مُلغى
file-not-taken = عبر ملف، ولم تأخذه الجهة المضيفة
file-too-late = عبر ملف، ولم يُرسل: فات وقته
file-went = خرج عبر ملف
fate-waiting = بانتظار الإرسال
fate-promised = وعدت الجهة المضيفة بإدراجه
fate-too-late = لم يُرسل: فات وقته
fate-not-taken = لم تأخذه الجهة المضيفة
fate-does-not-stand = غير قائم

## What was read out and typed in

voice-unsigned = تُليت شفهياً بلا توقيع: ليست في السجل
voice-in-record = في السجل
voice-by-file = عبر ملف
voice-corrected-since = صُوّبت منذ ذلك الحين
voice-ambiguous = التباس: عدة رسائل موقّعة تحمل هذا الاسم: يلزم الاتصال وتلاوة الاسم كاملاً
note-waits-for-message = مدوّن بلا توقيع: بانتظار الرسالة
note-waits-for-signature = مدوّن وبانتظار توقيعكم
note-signed = مدوّن وموقّع
note-signed-otherwise = عدم تطابق: وقّعتم جواباً آخر: يلزم الاتصال
note-over = مدوّن بلا توقيع: لم يبق ما يُجاب عنه
note-mismatch = مدوّن ولا يجيب عن أي شيء موقّع: لا يُوقّع
note-corrected = مدوّن ولم يُوقّع: صُوّبت الرسالة منذ ذلك الحين؛ تلزم قراءتها والإجابة عنها كما هي الآن

## Spans of time, and states with the values that they show

span-in = بعد { $value }
span-ago = قبل { $value }
seconds = { $n } (بالثواني)
hours = { $n } (بالساعات)
days = { $n } (بالأيام)
two-units = { $first } { $rest }
said-of = { $name }: { $value }
by-whom = { $value }، من: { $name }
answer-by-time = { $name }، في موعد أقصاه: { $value }
answer-until-time = { $name } الجواب في موعد أقصاه: { $value }
answer-of-time = { $name }، الوقت: { $value }
no-answer-counts-as = عدم الجواب يعني: { $value }.
promised-by = { $name }؛ في موعد أقصاه: { $value }
not-delivered-call = لم تصل الرسالة إلى: { $name }. للاتصال: { $value }
shelved-until = الصوت مؤجّل، النهاية: { $value }، من: { $name }
of-party = { $name }، الطرف: { $value }
clock-ahead = ساعته متقدمة: { $value }
clock-behind = ساعته متأخرة: { $value }
suspended-by = معلّق، من: { $name }
answered-after = أُجيب بعد { $value }
answered-late-after = أُجيب متأخراً، بعد { $value }
test-number = رقم { $n }
so-many-of = { $n } من { $rest }
last-in-a-row = الأخيرة على التوالي: { $n }
takes-over = يتسلّم: { $value }
on-duty-since = منذ: { $value }
over-ago = انتهى وقته قبل { $value }
begins-in = يبدأ بعد { $value }
began-ago = بدأ قبل { $value }
so-many-more = المزيد: { $n }
read-back-in = { $value }، لغة العرض: { $language }
voice-stands = كما تُليت، { $name }: { $value }
voice-mismatch = عدم تطابق: الموقّع ({ $value }، { $name }) ليس ما تُلي: يلزم الاتصال وعدم العمل بأي منهما قبل ذلك
voice-contradiction = تناقض: { $n } تُلي بالاسم نفسه ويقول غير ذلك: يلزم الاتصال
your-answer = جوابكم { $value }
text-left-out = غير مذكور: { $value }: لا يتسع له النص المختصر؛ يُطلب إبلاغه أو تسليمه ملفاً
text-not-known-here = غير معروف هنا: { $value }: لا يوجد لدى هذا المكتب شيء واحد يبدأ اسمه هكذا؛ يُسأل عنه
