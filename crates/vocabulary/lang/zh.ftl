# A language follows English, which is the meaning, and may lack what it will: English stands in for it.
# Rules of form stand at the head of en.ftl. Once a named speaker has signed for every line, say who below.

language-tag = zh
language-name = 中文（简体）
language-direction = ltr
language-gap = none
language-checked-by = none

## How sentences and values are put together

in-answer-to = 所答复电文
unchecked = 本语言的措辞尚未经任何具名的母语者核对。
time = { $utc }（当地时间 { $local }）
minutes = { $n }分钟
parameter = { $label }：{ $value }。
list = { $first }、{ $rest }
with-name = { $name }（{ $short }）
text-in = “{ $value }”（{ $language }）
until-further-message = 未定，直至另行通报

## Codes: the sentence of each

head-L1 = 线路测试。请回复“收到”。
head-L2 = 值班交接。
head-L3 = 我方暂停使用本通道。
head-L4 = 我方恢复使用本通道。
head-L5 = 请求语音联系。
head-L6 = 我方请求会晤。
head-Z1 = 我方提议一项区域条款。
head-Z2 = 我方提议修改区域条款。
head-Z3 = 我方通报一个由我方单方面宣布的区域。
head-Z4 = 区域状态变更。
head-Z5 = 我方退出一项区域安排。此事不涉及部队调动。
head-O1 = 我方通报一项计划活动。
head-O2 = 我方变更已通报的活动。
head-O3 = 我方该项活动不再进行。
head-O4 = 发现与贵方所报内容重叠。
head-O5 = 请贵方调整活动。
head-O6 = 危险通报。
head-P1 = 我方通报一个受保护地点。
head-P2 = 我方通报一次行程。
head-P3 = 已通报行程的状态。
head-P4 = 受保护地点的通报内容有变。
head-P5 = 请贵方便利通行。
head-P6 = 受保护的地点、车队或船队正被火力击中。请立即停止，并核查是否来自贵方。
head-P7 = 该地点、车队或船队已不再被火力击中。
head-P8 = 我方观察到与贵方通报不符之处。请说明实情。
head-P9 = 我方已将贵方通报传达至我方部队。
head-P10 = 已通报的行程逾期无消息。
head-H1 = 我方请求人道主义暂停。
head-W1 = 据推算，预计将有进入区域的情况。
head-W2 = 我方观察到有人员或载具。属于何方？
head-W3 = 区域附近人员或载具增多。请说明。
head-W4 = 请区内人员和载具离开区域。
head-W5 = 请原地等待。
head-W6 = 请留在区域之外。
head-W7 = 我方人员或我方代为发言者已离开区域。
head-W8 = 我方是否应避开此范围？
head-W9 = 停止射击并核查。火力正落在我方人员处。
head-Y1 = 请将此电文转达该团体。
head-Y2 = 我方已将电文转达该团体。
head-Y3 = 该团体给我方的答复如下。
head-Y4 = 我方无法转达电文。
head-D1 = 我方通报一起事件。
head-D2 = 我方对一项记录提出异议。
head-D3 = 我方提出抗议。
head-D4 = 请予澄清。
head-D5 = 我方请求联合复查。
head-D6 = 更正我方电文。
head-D7 = 我方撤销该电文。
head-D8 = 我方无法再履行所作答复。

## Answers

answer-wilco = 将照办。
answer-unable = 无法执行。
answer-standby = 请等候答复。
answer-affirm = 是。
answer-negative = 否。
answer-roger = 收到。
answer-ceased = 我方在该处的火力已停止。
answer-checking = 正在核查，尚未答复。
answer-not-ours = 不属我方。
answer-ours = 属我方。
answer-partner = 属我合作方。
answer-unknown = 我方不知。
answer-routine = 日常活动。
answer-see-operation = 见所列活动。
answer-as-notified = 与通报相符。
answer-changed = 有变更。
answer-stopping = 正在停止行进。
answer-cannot-confirm = 无法证实。
answer-keep-clear = 请避开。
answer-call-us = 请联系我方。
answer-no-statement = 不作表态。
answer-accepted = 接受贵方说法。
answer-maintained = 维持我方说法。
answer-clarified = 我方说明如下。

## Parameters: the label of each

label-zone = 区域
label-version = 版本
label-from_version = 原版本
label-to_version = 新版本
label-from = 开始
label-until = 结束
label-by = 最迟
label-time = 时间
label-since = 起始
label-reason = 原因
label-n = 序号
label-post = 岗位
label-name = 姓名
label-languages = 语言
label-means = 方式
label-level = 级别
label-subject = 事由
label-operation = 活动
label-changes = 变更
label-conflict = 重叠
label-time_to_start = 距开始
label-shift = 请求调整
label-volumes = 地点和时段
label-hazard = 危险种类
label-site = 受保护地点
label-movement = 行程
label-object = 地点或行程
label-status = 状态
label-last_status = 最后状态
label-seen = 观察到
label-unit_level = 传达层级
label-area = 范围
label-purpose = 用途
label-who = 何方
label-sector = 方位
label-from_sector = 来自方位
label-exit_sector = 离开去向
label-entry_time = 预计进入时间
label-where = 位置
label-size = 规模等级
label-last_seen = 最后观察时间
label-cell = 网格
label-message = 电文
label-group = 团体
label-how = 转达形式
label-reply = 答复
label-place = 地点
label-what = 经过
label-digest = 证据哈希值
label-entry = 记录
label-point = 要点
label-own_version = 我方说法
label-question = 问题
label-incident = 事件
label-field = 栏目
label-new_value = 新值
label-authority = 授权级别
label-contact = 联系
label-caller = 呼叫方
label-waypoint = 途经点
label-answer_by = 最迟答复时间
label-stopped_from = 停止时间
label-text = 说明

## Choices

choice-north = 北
choice-north-east = 东北
choice-east = 东
choice-south-east = 东南
choice-south = 南
choice-south-west = 西南
choice-west = 西
choice-north-west = 西北
choice-inside = 区内
choice-around = 周边
choice-at-most-10 = 至多10
choice-at-most-50 = 至多50
choice-at-most-250 = 至多250
choice-over-250 = 超过250
choice-telephone = 电话
choice-satellite-telephone = 卫星电话
choice-radio = 无线电
choice-video = 视频
choice-in-person = 当面
choice-written = 书面
choice-we-call = 我方呼叫贵方
choice-you-call = 贵方呼叫我方
choice-duty = 值班
choice-commander = 指挥官
choice-face-to-face = 面对面
choice-highest-authority = 最高级别
choice-headquarters = 司令部
choice-formation = 兵团
choice-unit = 部队
choice-crew = 机组和班组
choice-applied = 宣布方适用
choice-not-applied = 宣布方不适用
choice-ended = 已结束
choice-cancelled = 已取消
choice-change-of-time = 时间
choice-change-of-area = 范围
choice-change-of-height = 高度
choice-earlier = 提前
choice-later = 推迟
choice-other-area = 其他范围
choice-other-height = 其他高度
choice-live-fire = 实弹射击
choice-laser = 激光
choice-jamming = 电子干扰
choice-mines = 地雷或水雷
choice-exercise = 演习
choice-departed = 已出发
choice-at-waypoint = 位于途经点
choice-delayed = 延误
choice-deviated = 偏离路线
choice-armed-persons-present = 有携带武器的人员
choice-arrived = 已到达
choice-aborted = 已中断
choice-changed = 有变更
choice-expired = 已到期
choice-notice-withdrawn = 通报已撤回
choice-armed-persons = 携带武器的人员
choice-off-route = 偏离路线
choice-extra-vehicles = 车辆增多
choice-wounded = 伤者
choice-dead = 死者
choice-evacuation = 撤离
choice-rescue = 救援
choice-verbatim = 逐字
choice-summary = 概要
choice-will-comply = 该团体将照办
choice-refuses = 该团体拒绝
choice-not-reached = 未联系上该团体
choice-denies-presence = 该团体否认在场
choice-denies-we-speak-for-it = 该团体否认我方代其发言
choice-too-little-time = 时间不足
choice-no-contact = 与有关方面无联系
choice-no-authority = 超出我方权限
choice-own-activity = 我方自身活动
choice-terms = 条款
choice-weather-or-terrain = 天气或地形
choice-equipment = 设备故障
choice-not-verified = 未核实
choice-not-stated = 未说明

## Precedence and traffic

precedence-flash = 特提
precedence-immediate = 特急
precedence-priority = 加急
precedence-routine = 平急
traffic-real = 真实
traffic-exercise = 演习
traffic-test = 测试

## Receipts and states

state-repeat = 请求，次数
receipt-delivered = 已送抵
receipt-displayed = 已显示
receipt-read-back = 已复诵
receipt-answered = 已答复
receipt-relayed = 已转达该团体
receipt-relay-answered = 该团体已答复
receipt-unable-to-relay = 未能转达
state-not-delivered = 未送抵
state-not-received = 未及时收到
state-no-answer = 未答复
state-open = 未结
state-closed = 已结
state-passed-on = 已转达，未获答复
state-escalated = 已上报上一级
state-overdue = 逾期
state-met = 已履行
state-undertaking = 承诺
state-cancelled = 已由发送方撤销
state-corrected = 已由发送方更正
state-too-short = 时限过短
state-entered-for = 代录
state-left-out = 此处未载

## Notices by phone or mail, which say no more than that something waits

notice-waiting = 有{ $name }待处理，请致电：{ $value }。
notice-count = 待处理
notice-test = 本通知途径测试。无需答复。

## Standing sentences

end-no-answer = 无答复。这不构成任何许可。
end-not-who-is-there = 这不说明那里有何人，也不构成任何许可。
end-recognises-no-zone = 对此的任何答复均不构成对区域的承认。
end-zone-unchanged = 该区域本身仅由其宣布方的声明变更。
end-protection-unchanged = 法律上的保护不变。
end-not-reconfirmed = 未再次确认。
end-units-not-told = 尚无任何一方表示已传达至其部队。
end-notifies-only = 这是通报，并不请求任何许可。
end-compared-only = 仅与所报内容比对。
end-no-overlap = 在所报内容中未发现重叠。
end-not-observed = 据称，未经观察。
end-not-the-groups-consent = 将转达。不表示该团体同意。
end-out-of-date = 已过时限。仅供阅读，不予执行。
end-lapsed = 未及时收到。请求失效。这不是拒绝，也不构成任何许可。
end-life-saving-passes = P、W、L、H类及撤销电文照常传递。
end-permits-nothing = 这不构成任何许可。
end-silence-keep-clear = 无答复即视为应避开。
end-group-not-answered = 该团体尚未答复。
end-earlier-answers-lapse = 此前答复失效。
end-agrees-only-by-affirm = 只有经签署的“是”才表示同意本版本。任何其他答复均不构成对区域的承认。
end-nothing-of-before = 这不说明此前的任何情况。
end-not-recognition = 不表示承认，也不表示同意。
end-may-be-movement = 可能是已通报的行程。
rule-by-and-end = “最迟”包含所列时间。“结束”为不再有效的第一个时刻。

## States, receipts and lapses in what people read: the word of each

state-not-delivered-yet = 尚未送抵
state-not-yet = 尚无
state-not-told = 其处理情况不向贵方告知
state-held-open = 保持未结
state-past-time = 时限已过
state-unsaid-by-host = 尚无主持方对此作出说明
state-ended-by-owner = 已结束，由所属方告知
state-none-asked = 无需答复
state-grouped = 已归并，无声
hop-answer = 对方未说明是否转达
hop-pass-on = 尚未转达
hop-reply = 已转达，尚缺该团体答复
promise-to-be-done = 待履行
promise-reported-done = 据报已履行
promise-confirmed-done = 请求方已确认履行
promise-cannot-be-kept = 无法履行
promise-own-word-alone = 仅据其自述已履行

## Marks above and beside a message

mark-late = 逾时
mark-on-behalf = 代其录入
mark-attested = 由其网关证明，未经人员签署
mark-answer-lapsed = 已失效：所答复的是更正前的电文
mark-answer-late = 逾时：晚于旁列的截止时间
mark-found-late = 发现较晚
mark-taken-back = 已撤回
mark-ended = 已结束
mark-corrected = 已更正
mark-again = 再次
mark-incident = 事件
mark-shelved = 声音已搁置
mark-missing = 尚缺
mark-confirmed = 履行确认
mark-beware = 注意
mark-new = 新
mark-changed = 有变

## What marks and states mean

why-owner-says-over = 地点所属方称其不再被火力击中
why-stands-below = 下文为更正后的内容
why-open-until-owner = 在地点所属方发出P7之前一直未结，不论作何答复
why-watch-desk-reads = 值班台也会看到
why-shelf-stops-no-other = 他人的声音和计时均不停止
why-nearer-than-way = 短于答复与路途合计所需时间
why-in-the-way = 所请离开的方向上有已申明的内容
why-until-answered = 在有人答复之前，即为无答复。

## What is waited for

due-delivery = 送抵
due-read-back = 复诵
due-next-level = 上一级
due-reminder = 提醒
due-answer = 答复
due-promise = 所作承诺
due-reply = 该团体的答复

## What fell due

lapse-not-delivered = 未送抵，对方没有任何席位收到
lapse-every-desk = 未获复诵，因此对方各席位均应显示
lapse-alternate-path = 未获复诵，因此应经对方备用途径发送
lapse-next-level = 未答复，因此上报上一级
lapse-reminder = 未答复，正在提醒对方
lapse-next-line-test = 未答复，将在下次线路测试中提及
lapse-no-answer = 无答复。这不构成任何许可
lapse-not-received = 未及时收到，未获复诵。这不是拒绝
lapse-undertaking-overdue = 对方所作承诺已逾期
lapse-no-reply = 尚缺该团体答复，因此上报上一级

## Lines and their tests

line-never-heard = 从未
line-no-test = 无测试
line-waits = 等候答复
line-missed = 未应答，未及时答复
line-ours = 我方
line-theirs = 对方

## Overlaps

overlap-open = 未结：尚未受理
overlap-owned = 已受理
overlap-notified = 双方均已阅知情况
overlap-contact-made = 双方已通话
overlap-accepted-risk = 双方均接受风险
overlap-resolved = 已因变更而解决
overlap-expired = 其时间已过
overlap-contact-overdue = 联系逾期
overlap-owner = 受理方
overlap-over = 已结束
overlap-under-way = 正在进行

## Headings of the inbox

section-awaiting = 等候贵方答复
section-incidents = 正被火力击中，直至所属方告知已结束
section-untold = 贵方行程即将开始，尚无任何一方表示已传达至其部队
section-refused = 贵方所发：答复为否，或无答复
section-unsettled = 尚未解决的重叠
section-promised = 贵方所承诺
section-unread = 新到，无需答复
section-sent = 贵方所发
section-watched = 他方之间未答复
movement-over = 该行程已到达、中止、结束或重新通报
section-over = 已结束
section-not-in-record = 尚未载入记录
section-read-out = 口头宣读，未经签署
span-now = 现在

## What came or went by file

file-verified = 经文件，签名已核实
file-revoked = 经文件，其密钥已吊销
file-not-taken = 经文件，主持方未收录
file-too-late = 经文件，未发送：时限已过
file-went = 已经文件发出
fate-waiting = 等候发送
fate-promised = 主持方已承诺收录
fate-too-late = 未发送：时限已过
fate-not-taken = 主持方未收录
fate-does-not-stand = 未生效

## What was read out and typed in

voice-unsigned = 口头宣读，未签署：记录中没有
voice-in-record = 记录中
voice-by-file = 经文件
voice-corrected-since = 此后已更正
voice-ambiguous = 不明确：有多条已签署电文使用此名：请致电，请对方宣读全名
note-waits-for-message = 已记下，未签署：等候电文
note-waits-for-signature = 已记下，等候贵方签署
note-signed = 已记下，并已签署
note-signed-otherwise = 不一致：贵方签署了另一答复：请致电
note-over = 已记下，未签署：已无须答复
note-mismatch = 已记下，但不对应任何已签署内容：不予签署
note-corrected = 已记下，但未签署：电文此后已更正；请阅读，并按现有内容答复

## Spans of time, and states with the values that they show

span-in = { $value }后
span-ago = { $value }前
seconds = { $n }秒
hours = { $n }小时
days = { $n }天
two-units = { $first }{ $rest }
said-of = { $name }：{ $value }
by-whom = { $value }，由：{ $name }
answer-by-time = { $name }，最迟：{ $value }
answer-until-time = { $name }答复最迟：{ $value }
answer-of-time = { $name }，时间：{ $value }
no-answer-counts-as = 无答复即视为：{ $value }。
promised-by = { $name }；最迟：{ $value }
not-delivered-call = 未送抵：{ $name }。请致电：{ $value }
shelved-until = 声音已搁置，结束：{ $value }，由：{ $name }
of-party = { $name }，参与方：{ $value }
clock-ahead = 其时钟偏快：{ $value }
clock-behind = 其时钟偏慢：{ $value }
suspended-by = 已暂停，由：{ $name }
answered-after = { $value }后答复
answered-late-after = { $value }后答复，逾时
test-number = 编号{ $n }
so-many-of = { $rest }中{ $n }
last-in-a-row = 最近连续：{ $n }
takes-over = 接班：{ $value }
on-duty-since = 自：{ $value }
over-ago = 其时间已于{ $value }前结束
begins-in = { $value }后开始
began-ago = { $value }前开始
so-many-more = 另有：{ $n }
read-back-in = { $value }，显示语言：{ $language }
voice-stands = 与宣读相符，{ $name }：{ $value }
voice-mismatch = 不一致：所签署内容（{ $value }，{ $name }）并非所宣读内容：请致电，此前两者均不予执行
voice-contradiction = 相互矛盾：{ $n }以同名宣读，内容不同：请致电
your-answer = 贵方答复{ $value }
text-left-out = 未载：{ $value }：文本格式容纳不下；请对方告知，或以文件交付
text-not-known-here = 此处未知：{ $value }：本席位没有唯一以此开头的名称；请询问其所指
