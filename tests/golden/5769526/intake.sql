BEGIN TRANSACTION;
CREATE TABLE alarms (
	request_id VARCHAR NOT NULL, 
	name VARCHAR NOT NULL, 
	cause VARCHAR NOT NULL, 
	root VARCHAR NOT NULL, 
	due BIGINT NOT NULL, 
	PRIMARY KEY (request_id, name)
);
CREATE TABLE calls (
	id VARCHAR NOT NULL, 
	request_id VARCHAR NOT NULL, 
	operation VARCHAR NOT NULL, 
	ask TEXT NOT NULL, 
	note VARCHAR NOT NULL, 
	"key" VARCHAR NOT NULL, 
	cause VARCHAR NOT NULL, 
	root VARCHAR NOT NULL, 
	attempt INTEGER NOT NULL, 
	owner VARCHAR NOT NULL, 
	due BIGINT NOT NULL, 
	problem VARCHAR DEFAULT '' NOT NULL, 
	policy VARCHAR DEFAULT '' NOT NULL, 
	PRIMARY KEY (id)
);
CREATE TABLE cases (
	request_id VARCHAR NOT NULL, 
	version BIGINT NOT NULL, 
	said BIGINT NOT NULL, 
	root VARCHAR NOT NULL, 
	open BOOLEAN NOT NULL, 
	body TEXT NOT NULL, 
	at BIGINT NOT NULL, 
	policy VARCHAR DEFAULT '' NOT NULL, 
	party VARCHAR DEFAULT '' NOT NULL, 
	first_at BIGINT DEFAULT '0' NOT NULL, 
	PRIMARY KEY (request_id)
);
INSERT INTO "cases" VALUES('74a62a8e-1e6b-51eb-97f6-04a5983edea0',3,1,'1dffeba2-b5b1-5b7e-bd0b-a5453a0e6f16',1,'{"request_id":"74a62a8e-1e6b-51eb-97f6-04a5983edea0","open":true,"stage":"quoted","audience":{"subscription":"sub-freeaddon01","masked_number":"120****7322","language":"zh","routes":["sms"],"channel":"app","names":{"video-pack":{"zh":"视频会员","en":"Video pack"}}},"submit":{"request_id":"74a62a8e-1e6b-51eb-97f6-04a5983edea0","channel":"app","kind":"product","subscription":"sub-freeaddon01","items":["video-pack"],"reason":"other","requested_end":null,"language":null,"resubmission_of":null,"proof":{"agent":null,"call":null,"identity_document":null,"signed_paper":null}},"login_problem":null,"application":{"kind":"product","items":["video-pack"],"reason":"other","requested_end":"2026-03-10T09:00:00Z","accepted_at":"2026-03-10T09:00:00Z","proof":{"agent":null,"call":null,"identity_document":null,"signed_paper":null},"resubmission_of":null,"policy":"cn-carrier@2026.1+1d7c8f96cf52"},"received_at":"2026-03-10T09:00:00Z","quote":{"version":1,"lines":[],"total":{"minor":0,"currency":"CNY"},"impacts":[{"item":"video-pack","what":{"zh":"视频会员停止使用","en":"Video pack stops working"},"clauses":[]}],"clauses":[],"service_end":"2026-03-10T09:00:00Z","charge_end":"2026-03-31T16:00:00Z","valid_until":"2026-03-17T09:00:00Z","policy":"cn-carrier@2026.1+1d7c8f96cf52","relations":{"items":[{"item":"video-pack","name":{"zh":"视频会员","en":"Video pack"},"kind":"add-on","fate":"ends","shared_with":0}],"needs":[]},"new_package_needed":false,"account":null,"cooling_off":[],"reopening":null},"confirmed_version":null,"yeses":[],"withdrawing":false,"withdrawal_asked":false,"problem_reported":false,"dates":{"requested":"2026-03-10T09:00:00Z","promised":"2026-03-11T09:00:00Z","effective":null,"service_end":"2026-03-10T09:00:00Z","charge_end":"2026-03-31T16:00:00Z","asked":"2026-03-10T09:00:00Z"},"due":null,"faults":[],"grounds":[],"joined":null,"complaint":null,"settled_at":null,"disputes":[],"number_free_from":null,"final_bill":false,"reopening":"","reopened_at":null,"incident":"","switched_off":false,"expired_version":null,"closing":false,"out_of_turn":[],"early":[]}',1773133200000000,'cn-carrier@2026.1+1d7c8f96cf52','sub-freeaddon01',1773133200000000);
INSERT INTO "cases" VALUES('9635b617-9262-5013-9d0f-5d4e05d07bb1',5,2,'f0913f94-488f-51e9-aacd-91036d718dd0',1,'{"request_id":"9635b617-9262-5013-9d0f-5d4e05d07bb1","open":true,"stage":"scheduled","audience":{"subscription":"sub-linecontract01","masked_number":"120****4895","language":"zh","routes":["sms"],"channel":"web","names":{"plan-basic":{"zh":"99元畅享套餐","en":"Basic plan"},"video-pack":{"zh":"视频会员","en":"Video pack"}}},"submit":{"request_id":"9635b617-9262-5013-9d0f-5d4e05d07bb1","channel":"web","kind":"line","subscription":"sub-linecontract01","items":[],"reason":"other","requested_end":null,"language":null,"resubmission_of":null,"proof":{"agent":null,"call":null,"identity_document":null,"signed_paper":null}},"login_problem":null,"application":{"kind":"line","items":[],"reason":"other","requested_end":"2026-03-10T09:00:00Z","accepted_at":"2026-03-10T09:00:00Z","proof":{"agent":null,"call":null,"identity_document":null,"signed_paper":null},"resubmission_of":null,"policy":"cn-carrier@2026.1+1d7c8f96cf52"},"received_at":"2026-03-10T09:00:00Z","quote":{"version":1,"lines":[{"line":"early-termination/plan-basic","rule":"share-of-remaining","item":"plan-basic","name":{"zh":"提前终止费","en":"Early termination fee"},"amount":{"minor":15208,"currency":"CNY"},"steps":[{"zh":"2025-08-22 起，2026-04-09 离网，按满月计","en":"from 2025-08-22, leaves on 2026-04-09, by completed month"},{"zh":"期限 12，已履行 7，剩余 5","en":"term 12, served 7, left 5"},{"zh":"¥365.00 × 5 ÷ 12 = ¥152.08","en":"CNY 365.00 x 5 / 12 = CNY 152.08"}],"clauses":["CN-30"],"refundable_on_dispute":true,"kind":"early-termination","status":"due","reason":"","inputs":{"fee_minor":"36500","monthly_minor":"9900","start":"2025-08-22","end_of_term":"2026-08-22","leaves_on":"2026-04-09","price_changes":"[]","supplied_on":"2026-04-09"},"net":{"minor":15208,"currency":"CNY"},"tax":{"minor":0,"currency":"CNY"},"tax_code":""}],"total":{"minor":15208,"currency":"CNY"},"impacts":[{"item":"plan-basic","what":{"zh":"99元畅享套餐停止使用","en":"Basic plan stops working"},"clauses":[]},{"item":"video-pack","what":{"zh":"视频会员停止使用","en":"Video pack stops working"},"clauses":[]},{"item":null,"what":{"zh":"号码保留 90 天后可能分配给他人，请先解绑银行、支付等第三方账户","en":"The number may be given to somebody else after 90 days: unbind bank and other accounts first"},"clauses":["CN-13-quarantine"]},{"item":null,"what":{"zh":"号码保留的 90 天内可以恢复，恢复费 ¥50.00，申请恢复时才收取","en":"Within these 90 days the line can be reopened for CNY 50.00, charged only if you ask for it"},"clauses":["CN-17","CN-13-quarantine"]}],"clauses":["CN-30","CN-13-quarantine","CN-17"],"service_end":"2026-04-09T09:00:00Z","charge_end":"2026-04-09T09:00:00Z","valid_until":"2026-03-17T09:00:00Z","policy":"cn-carrier@2026.1+1d7c8f96cf52","relations":{"items":[{"item":"plan-basic","name":{"zh":"99元畅享套餐","en":"Basic plan"},"kind":"plan","fate":"ends","shared_with":0},{"item":"video-pack","name":{"zh":"视频会员","en":"Video pack"},"kind":"add-on","fate":"ends","shared_with":0}],"needs":[]},"new_package_needed":false,"account":{"lines":[],"balances":[],"owed":{"minor":0,"currency":"CNY"},"held":{"minor":0,"currency":"CNY"},"net":{"minor":0,"currency":"CNY"},"open_kinds":["arrears","late-fee","usage","period-fee"],"steps":[{"zh":"结算：0 = ¥0.00","en":"settlement: 0 = CNY 0.00"}],"flags":[]},"cooling_off":[],"reopening":{"fee":{"minor":5000,"currency":"CNY"},"clauses":["CN-17","CN-13-quarantine"]}},"confirmed_version":1,"yeses":[1],"withdrawing":false,"withdrawal_asked":false,"problem_reported":false,"dates":{"requested":"2026-03-10T09:00:00Z","promised":"2026-04-10T09:00:00Z","effective":null,"service_end":"2026-04-09T09:00:00Z","charge_end":"2026-04-09T09:00:00Z","asked":"2026-03-10T09:00:00Z"},"due":null,"faults":[],"grounds":[],"joined":null,"complaint":null,"settled_at":"2026-03-10T09:00:00Z","disputes":[],"number_free_from":null,"final_bill":false,"reopening":"","reopened_at":null,"incident":"","switched_off":false,"expired_version":null,"closing":false,"out_of_turn":[],"early":[]}',1773133200000000,'cn-carrier@2026.1+1d7c8f96cf52','sub-linecontract01',1773133200000000);
INSERT INTO "cases" VALUES('3c59970b-61f4-51d0-9c59-1f7d69fcb8a7',3,1,'126481f5-a7e8-5bd4-9d65-0a36b89c7c72',1,'{"request_id":"3c59970b-61f4-51d0-9c59-1f7d69fcb8a7","open":true,"stage":"quoted","audience":{"subscription":"sub-hotline01","masked_number":"120****5933","language":"zh","routes":["sms"],"channel":"hotline","names":{"video-pack":{"zh":"视频会员","en":"Video pack"}}},"submit":{"request_id":"3c59970b-61f4-51d0-9c59-1f7d69fcb8a7","channel":"hotline","kind":"product","subscription":"sub-hotline01","items":["video-pack"],"reason":"other","requested_end":null,"language":null,"resubmission_of":null,"proof":{"agent":"agent-7","call":"call-0815","identity_document":null,"signed_paper":null}},"login_problem":null,"application":{"kind":"product","items":["video-pack"],"reason":"other","requested_end":"2026-03-10T09:00:00Z","accepted_at":"2026-03-10T09:00:00Z","proof":{"agent":"agent-7","call":"call-0815","identity_document":null,"signed_paper":null},"resubmission_of":null,"policy":"cn-carrier@2026.1+1d7c8f96cf52"},"received_at":"2026-03-10T09:00:00Z","quote":{"version":1,"lines":[],"total":{"minor":0,"currency":"CNY"},"impacts":[{"item":"video-pack","what":{"zh":"视频会员停止使用","en":"Video pack stops working"},"clauses":[]}],"clauses":[],"service_end":"2026-03-10T09:00:00Z","charge_end":"2026-03-31T16:00:00Z","valid_until":"2026-03-17T09:00:00Z","policy":"cn-carrier@2026.1+1d7c8f96cf52","relations":{"items":[{"item":"video-pack","name":{"zh":"视频会员","en":"Video pack"},"kind":"add-on","fate":"ends","shared_with":0}],"needs":[]},"new_package_needed":false,"account":null,"cooling_off":[],"reopening":null},"confirmed_version":null,"yeses":[],"withdrawing":false,"withdrawal_asked":false,"problem_reported":false,"dates":{"requested":"2026-03-10T09:00:00Z","promised":"2026-03-11T09:00:00Z","effective":null,"service_end":"2026-03-10T09:00:00Z","charge_end":"2026-03-31T16:00:00Z","asked":"2026-03-10T09:00:00Z"},"due":null,"faults":[],"grounds":[],"joined":null,"complaint":null,"settled_at":null,"disputes":[],"number_free_from":null,"final_bill":false,"reopening":"","reopened_at":null,"incident":"","switched_off":false,"expired_version":null,"closing":false,"out_of_turn":[],"early":[]}',1773133200000000,'cn-carrier@2026.1+1d7c8f96cf52','sub-hotline01',1773133200000000);
INSERT INTO "cases" VALUES('46c1e320-3bd7-50ee-963e-e3badfd04f78',5,2,'d889fc2b-fa2b-5201-bcc6-1f7b12623528',0,'{"request_id":"46c1e320-3bd7-50ee-963e-e3badfd04f78","open":false,"stage":"closed","audience":{"subscription":"sub-freeaddon02","masked_number":"120****7617","language":"zh","routes":["sms"],"channel":"app","names":{"video-pack":{"zh":"视频会员","en":"Video pack"}}},"submit":{"request_id":"46c1e320-3bd7-50ee-963e-e3badfd04f78","channel":"app","kind":"product","subscription":"sub-freeaddon02","items":["video-pack"],"reason":"other","requested_end":null,"language":null,"resubmission_of":null,"proof":{"agent":null,"call":null,"identity_document":null,"signed_paper":null}},"login_problem":null,"application":{"kind":"product","items":["video-pack"],"reason":"other","requested_end":"2026-03-10T09:00:00Z","accepted_at":"2026-03-10T09:00:00Z","proof":{"agent":null,"call":null,"identity_document":null,"signed_paper":null},"resubmission_of":null,"policy":"cn-carrier@2026.1+1d7c8f96cf52"},"received_at":"2026-03-10T09:00:00Z","quote":{"version":1,"lines":[],"total":{"minor":0,"currency":"CNY"},"impacts":[{"item":"video-pack","what":{"zh":"视频会员停止使用","en":"Video pack stops working"},"clauses":[]}],"clauses":[],"service_end":"2026-03-10T09:00:00Z","charge_end":"2026-03-31T16:00:00Z","valid_until":"2026-03-17T09:00:00Z","policy":"cn-carrier@2026.1+1d7c8f96cf52","relations":{"items":[{"item":"video-pack","name":{"zh":"视频会员","en":"Video pack"},"kind":"add-on","fate":"ends","shared_with":0}],"needs":[]},"new_package_needed":false,"account":null,"cooling_off":[],"reopening":null},"confirmed_version":1,"yeses":[1],"withdrawing":false,"withdrawal_asked":false,"problem_reported":false,"dates":{"requested":"2026-03-10T09:00:00Z","promised":"2026-03-11T09:00:00Z","effective":"2026-03-10T09:00:00Z","service_end":"2026-03-10T09:00:00Z","charge_end":"2026-03-31T16:00:00Z","asked":"2026-03-10T09:00:00Z"},"due":null,"faults":[],"grounds":[],"joined":null,"complaint":null,"settled_at":"2026-03-10T09:00:00Z","disputes":[],"number_free_from":null,"final_bill":false,"reopening":"","reopened_at":null,"incident":"","switched_off":true,"expired_version":null,"closing":false,"out_of_turn":[],"early":[]}',1773133200000000,'cn-carrier@2026.1+1d7c8f96cf52','sub-freeaddon02',1773133200000000);
INSERT INTO "cases" VALUES('e2223428-1fba-5f58-89d0-eec443e83bf6',3,1,'0234ec16-f583-580a-8f68-a735de682b77',0,'{"request_id":"e2223428-1fba-5f58-89d0-eec443e83bf6","open":false,"stage":"rejected","audience":{"subscription":"sub-portobstacles01","masked_number":"120****9196","language":"zh","routes":["sms"],"channel":"app","names":{"plan-basic":{"zh":"99元畅享套餐","en":"Basic plan"}}},"submit":{"request_id":"e2223428-1fba-5f58-89d0-eec443e83bf6","channel":"app","kind":"port-out","subscription":"sub-portobstacles01","items":[],"reason":"other","requested_end":null,"language":null,"resubmission_of":null,"proof":{"agent":null,"call":null,"identity_document":null,"signed_paper":null}},"login_problem":null,"application":{"kind":"port-out","items":[],"reason":"other","requested_end":"2026-03-10T09:00:00Z","accepted_at":"2026-03-10T09:00:00Z","proof":{"agent":null,"call":null,"identity_document":null,"signed_paper":null},"resubmission_of":null,"policy":"cn-carrier@2026.1+1d7c8f96cf52"},"received_at":"2026-03-10T09:00:00Z","quote":null,"confirmed_version":null,"yeses":[],"withdrawing":false,"withdrawal_asked":false,"problem_reported":false,"dates":null,"due":null,"faults":[],"grounds":[{"code":"port-out-arrears","rule":"port-out-arrears","clause":"CN-20","reason":{"zh":"账户有已出账而未结清的费用。","en":"Billed fees on the account are not paid yet."},"remedy":{"zh":"请先缴清欠费，再重新申请携号转网。","en":"Pay what is open, then ask to port out again."}},{"code":"port-out-real-name","rule":"port-out-real-name","clause":"CN-20","reason":{"zh":"该号码尚未完成实名登记。","en":"The real name of this line''s holder is not verified."},"remedy":{"zh":"请携带有效证件到营业厅办理实名登记，再重新申请。","en":"Have it verified at a counter with your identity document, then ask again."}},{"code":"port-out-lock-in","rule":"port-out-lock-in","clause":"CN-20","reason":{"zh":"仍有明确约定在网期限的合约未到期。","en":"A contract that expressly binds you to stay has not ended."},"remedy":{"zh":"请等合约到期，或先按约定解除合约，再重新申请。","en":"Wait until it ends or release it as it provides, then ask again."}},{"code":"port-out-too-soon","rule":"port-out-too-soon","clause":"CN-20","reason":{"zh":"上次携入至今 30 天，不足 120 天。","en":"Ported in 30 days ago; 120 days must have passed."},"remedy":{"zh":"满 120 天后可重新申请。","en":"Ask again once 120 days have passed."}}],"joined":null,"complaint":null,"settled_at":null,"disputes":[],"number_free_from":null,"final_bill":false,"reopening":"","reopened_at":null,"incident":"","switched_off":false,"expired_version":null,"closing":false,"out_of_turn":[],"early":[]}',1773133200000000,'cn-carrier@2026.1+1d7c8f96cf52','sub-portobstacles01',1773133200000000);
INSERT INTO "cases" VALUES('cb1135c0-f864-5bab-9f8e-a00efcba9018',5,2,'43845fb0-30f0-56e1-9fdf-fab188e12def',1,'{"request_id":"cb1135c0-f864-5bab-9f8e-a00efcba9018","open":true,"stage":"scheduled","audience":{"subscription":"sub-counter01","masked_number":"120****2390","language":"zh","routes":["letter","sms"],"channel":"counter","names":{"plan-basic":{"zh":"99元畅享套餐","en":"Basic plan"}}},"submit":{"request_id":"cb1135c0-f864-5bab-9f8e-a00efcba9018","channel":"counter","kind":"line","subscription":"sub-counter01","items":[],"reason":"other","requested_end":null,"language":null,"resubmission_of":null,"proof":{"agent":"clerk-3","call":null,"identity_document":"doc-4711","signed_paper":null}},"login_problem":null,"application":{"kind":"line","items":[],"reason":"other","requested_end":"2026-03-10T09:00:00Z","accepted_at":"2026-03-10T09:00:00Z","proof":{"agent":"clerk-3","call":null,"identity_document":"doc-4711","signed_paper":null},"resubmission_of":null,"policy":"cn-carrier@2026.1+1d7c8f96cf52"},"received_at":"2026-03-10T09:00:00Z","quote":{"version":1,"lines":[{"line":"early-termination/plan-basic","rule":"share-of-remaining","item":"plan-basic","name":{"zh":"提前终止费","en":"Early termination fee"},"amount":{"minor":15208,"currency":"CNY"},"steps":[{"zh":"2025-08-22 起，2026-04-09 离网，按满月计","en":"from 2025-08-22, leaves on 2026-04-09, by completed month"},{"zh":"期限 12，已履行 7，剩余 5","en":"term 12, served 7, left 5"},{"zh":"¥365.00 × 5 ÷ 12 = ¥152.08","en":"CNY 365.00 x 5 / 12 = CNY 152.08"}],"clauses":["CN-30"],"refundable_on_dispute":true,"kind":"early-termination","status":"due","reason":"","inputs":{"fee_minor":"36500","monthly_minor":"9900","start":"2025-08-22","end_of_term":"2026-08-22","leaves_on":"2026-04-09","price_changes":"[]","supplied_on":"2026-04-09"},"net":{"minor":15208,"currency":"CNY"},"tax":{"minor":0,"currency":"CNY"},"tax_code":""}],"total":{"minor":15208,"currency":"CNY"},"impacts":[{"item":"plan-basic","what":{"zh":"99元畅享套餐停止使用","en":"Basic plan stops working"},"clauses":[]},{"item":null,"what":{"zh":"号码保留 90 天后可能分配给他人，请先解绑银行、支付等第三方账户","en":"The number may be given to somebody else after 90 days: unbind bank and other accounts first"},"clauses":["CN-13-quarantine"]},{"item":null,"what":{"zh":"号码保留的 90 天内可以恢复，恢复费 ¥50.00，申请恢复时才收取","en":"Within these 90 days the line can be reopened for CNY 50.00, charged only if you ask for it"},"clauses":["CN-17","CN-13-quarantine"]}],"clauses":["CN-30","CN-13-quarantine","CN-17"],"service_end":"2026-04-09T09:00:00Z","charge_end":"2026-04-09T09:00:00Z","valid_until":"2026-03-17T09:00:00Z","policy":"cn-carrier@2026.1+1d7c8f96cf52","relations":{"items":[{"item":"plan-basic","name":{"zh":"99元畅享套餐","en":"Basic plan"},"kind":"plan","fate":"ends","shared_with":0}],"needs":[]},"new_package_needed":false,"account":{"lines":[],"balances":[],"owed":{"minor":0,"currency":"CNY"},"held":{"minor":0,"currency":"CNY"},"net":{"minor":0,"currency":"CNY"},"open_kinds":["arrears","late-fee","usage","period-fee"],"steps":[{"zh":"结算：0 = ¥0.00","en":"settlement: 0 = CNY 0.00"}],"flags":[]},"cooling_off":[],"reopening":{"fee":{"minor":5000,"currency":"CNY"},"clauses":["CN-17","CN-13-quarantine"]}},"confirmed_version":1,"yeses":[1],"withdrawing":false,"withdrawal_asked":false,"problem_reported":false,"dates":{"requested":"2026-03-10T09:00:00Z","promised":"2026-04-10T09:00:00Z","effective":null,"service_end":"2026-04-09T09:00:00Z","charge_end":"2026-04-09T09:00:00Z","asked":"2026-03-10T09:00:00Z"},"due":null,"faults":[],"grounds":[],"joined":null,"complaint":null,"settled_at":"2026-03-10T09:00:00Z","disputes":[],"number_free_from":null,"final_bill":false,"reopening":"","reopened_at":null,"incident":"","switched_off":false,"expired_version":null,"closing":false,"out_of_turn":[],"early":[]}',1773133200000000,'cn-carrier@2026.1+1d7c8f96cf52','sub-counter01',1773133200000000);
CREATE TABLE claims (
	name VARCHAR NOT NULL, 
	holder VARCHAR, 
	times BIGINT NOT NULL, 
	last VARCHAR DEFAULT '' NOT NULL, 
	PRIMARY KEY (name)
);
INSERT INTO "claims" VALUES('sub-freeaddon01/video-pack','74a62a8e-1e6b-51eb-97f6-04a5983edea0',0,'');
INSERT INTO "claims" VALUES('sub-freeaddon01/wish/f13576a8bafc15c7','74a62a8e-1e6b-51eb-97f6-04a5983edea0',0,'');
INSERT INTO "claims" VALUES('sub-linecontract01/line','9635b617-9262-5013-9d0f-5d4e05d07bb1',0,'');
INSERT INTO "claims" VALUES('sub-linecontract01/wish/46d9a1fa1405821c','9635b617-9262-5013-9d0f-5d4e05d07bb1',0,'');
INSERT INTO "claims" VALUES('sub-linecontract01/plan-basic','9635b617-9262-5013-9d0f-5d4e05d07bb1',0,'');
INSERT INTO "claims" VALUES('sub-linecontract01/video-pack','9635b617-9262-5013-9d0f-5d4e05d07bb1',0,'');
INSERT INTO "claims" VALUES('sub-hotline01/video-pack','3c59970b-61f4-51d0-9c59-1f7d69fcb8a7',0,'');
INSERT INTO "claims" VALUES('sub-hotline01/wish/f13576a8bafc15c7','3c59970b-61f4-51d0-9c59-1f7d69fcb8a7',0,'');
INSERT INTO "claims" VALUES('sub-freeaddon02/video-pack',NULL,1,'46c1e320-3bd7-50ee-963e-e3badfd04f78');
INSERT INTO "claims" VALUES('sub-freeaddon02/wish/f13576a8bafc15c7',NULL,1,'46c1e320-3bd7-50ee-963e-e3badfd04f78');
INSERT INTO "claims" VALUES('sub-portobstacles01/line',NULL,1,'e2223428-1fba-5f58-89d0-eec443e83bf6');
INSERT INTO "claims" VALUES('sub-portobstacles01/wish/60179e2df85889a2',NULL,1,'e2223428-1fba-5f58-89d0-eec443e83bf6');
INSERT INTO "claims" VALUES('sub-portobstacles01/plan-basic',NULL,1,'e2223428-1fba-5f58-89d0-eec443e83bf6');
INSERT INTO "claims" VALUES('sub-counter01/line','cb1135c0-f864-5bab-9f8e-a00efcba9018',0,'');
INSERT INTO "claims" VALUES('sub-counter01/wish/46d9a1fa1405821c','cb1135c0-f864-5bab-9f8e-a00efcba9018',0,'');
INSERT INTO "claims" VALUES('sub-counter01/plan-basic','cb1135c0-f864-5bab-9f8e-a00efcba9018',0,'');
CREATE TABLE eras (
	name VARCHAR NOT NULL, 
	until BIGINT NOT NULL, 
	PRIMARY KEY (name)
);
INSERT INTO "eras" VALUES('ids-without-source',0);
CREATE TABLE inbox (
	id VARCHAR NOT NULL, 
	at BIGINT NOT NULL, 
	PRIMARY KEY (id)
);
INSERT INTO "inbox" VALUES('3665dde7-44fe-5c8b-8e76-f884b1b47a21',1773133200000000);
INSERT INTO "inbox" VALUES('b17a739c-aa64-5909-9b49-5143efb68a72',1773133200000000);
INSERT INTO "inbox" VALUES('cbaa4596-82cc-5e4b-a76d-b749a5c99ced',1773133200000000);
INSERT INTO "inbox" VALUES('682234ec-0cea-5fcd-a6d4-ff8d3975a811',1773133200000000);
INSERT INTO "inbox" VALUES('ef37ebec-b33c-5a34-a756-7530c418ce17',1773133200000000);
INSERT INTO "inbox" VALUES('1793f842-d8e4-58f1-94a2-9ae05f1d4fad',1773133200000000);
INSERT INTO "inbox" VALUES('00127069-4d90-5819-90c5-a845caf69674',1773133200000000);
INSERT INTO "inbox" VALUES('6df01d0a-0810-54f8-b0a4-8725ac81d09c',1773133200000000);
INSERT INTO "inbox" VALUES('e92f1b12-e781-5c9e-9eb8-2eef388d4a52',1773133200000000);
INSERT INTO "inbox" VALUES('ba70753b-8e08-5e14-8d99-e85a9e0ad44c',1773133200000000);
INSERT INTO "inbox" VALUES('af373401-ff39-5ac2-b1d1-ecdf23aec7bf',1773133200000000);
INSERT INTO "inbox" VALUES('b80d2c87-90c3-5443-ba7e-498111dd66ec',1773133200000000);
INSERT INTO "inbox" VALUES('bf73dae5-bcce-5615-b8c2-ecfa5c0128a5',1773133200000000);
INSERT INTO "inbox" VALUES('27b01c9a-fe2a-5e6f-a14b-0aed3a414572',1773133200000000);
INSERT INTO "inbox" VALUES('d74eab4d-071a-50b2-b991-2fb223b63a86',1773133200000000);
INSERT INTO "inbox" VALUES('63b4f06a-f8c6-55ec-bcd8-328c79c236d5',1773133200000000);
INSERT INTO "inbox" VALUES('4d40825b-745f-5e34-bf66-6537480d702e',1773133200000000);
INSERT INTO "inbox" VALUES('30e75ba0-763a-57c8-9015-312cf816deeb',1773133200000000);
INSERT INTO "inbox" VALUES('6f61bf96-55f3-55d3-b0ef-c5ada76915dd',1773133200000000);
INSERT INTO "inbox" VALUES('ae698159-ea9a-5dac-835d-b0b56ba9a195',1773133200000000);
INSERT INTO "inbox" VALUES('9d5c7754-8d3c-5f98-ab6d-31e52ceb5791',1773133200000000);
INSERT INTO "inbox" VALUES('fd12274a-b911-5c48-9676-b2c77864b3d1',1773133200000000);
CREATE TABLE outbox (
	position INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	request_id VARCHAR NOT NULL, 
	topic VARCHAR NOT NULL, 
	"key" BLOB, 
	value BLOB, 
	headers BLOB NOT NULL, 
	at BIGINT NOT NULL
);
CREATE TABLE replies (
	"key" VARCHAR NOT NULL, 
	fingerprint VARCHAR NOT NULL, 
	status INTEGER, 
	body TEXT, 
	at BIGINT NOT NULL, 
	PRIMARY KEY ("key")
);
CREATE INDEX ix_inbox_at ON inbox (at);
CREATE INDEX cases_of_a_party ON cases (party, first_at, request_id);
CREATE INDEX ix_outbox_request_id ON outbox (request_id);
CREATE INDEX ix_calls_due ON calls (due);
CREATE INDEX ix_alarms_due ON alarms (due);
CREATE INDEX ix_claims_last ON claims (last);
CREATE INDEX ix_claims_holder ON claims (holder);
CREATE INDEX ix_replies_at ON replies (at);
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('outbox',33);
COMMIT;
