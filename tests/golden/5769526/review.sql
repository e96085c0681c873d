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
INSERT INTO "cases" VALUES('74a62a8e-1e6b-51eb-97f6-04a5983edea0',1,1,'1dffeba2-b5b1-5b7e-bd0b-a5453a0e6f16',0,'{"request_id":"74a62a8e-1e6b-51eb-97f6-04a5983edea0","open":false,"application":{"kind":"product","items":["video-pack"],"reason":"other","requested_end":"2026-03-10T09:00:00Z","accepted_at":"2026-03-10T09:00:00Z","proof":{"agent":null,"call":null,"identity_document":null,"signed_paper":null},"resubmission_of":null,"policy":"cn-carrier@2026.1+1d7c8f96cf52"},"subscription":{"subscription":"sub-freeaddon01","masked_number":"120****7322","status":"active","account":"open","segment":"personal","real_name_verified":true,"arrears":{"minor":0,"currency":"CNY"},"items":[{"item":"plan-basic","name":{"zh":"99元畅享套餐","en":"Basic plan"},"kind":"plan","active":true,"monthly_fee":{"minor":9900,"currency":"CNY"},"price_changes":[],"contract":null,"depends_on":[],"shared_with":0},{"item":"video-pack","name":{"zh":"视频会员","en":"Video pack"},"kind":"add-on","active":true,"monthly_fee":{"minor":1500,"currency":"CNY"},"price_changes":[],"contract":null,"depends_on":[],"shared_with":0}],"balances":[],"charges":[],"ported_in_on":null,"language":"zh","routes":["sms"],"closed_at":null},"audience":{"subscription":"sub-freeaddon01","masked_number":"120****7322","language":"zh","routes":["sms"],"channel":"app","names":{"video-pack":{"zh":"视频会员","en":"Video pack"}}},"state":"approved","answers":{},"grounds":[],"due":null}',1773133200000000,'cn-carrier@2026.1+1d7c8f96cf52','',1773133200000000);
INSERT INTO "cases" VALUES('9635b617-9262-5013-9d0f-5d4e05d07bb1',1,1,'f0913f94-488f-51e9-aacd-91036d718dd0',0,'{"request_id":"9635b617-9262-5013-9d0f-5d4e05d07bb1","open":false,"application":{"kind":"line","items":[],"reason":"other","requested_end":"2026-03-10T09:00:00Z","accepted_at":"2026-03-10T09:00:00Z","proof":{"agent":null,"call":null,"identity_document":null,"signed_paper":null},"resubmission_of":null,"policy":"cn-carrier@2026.1+1d7c8f96cf52"},"subscription":{"subscription":"sub-linecontract01","masked_number":"120****4895","status":"active","account":"open","segment":"personal","real_name_verified":true,"arrears":{"minor":0,"currency":"CNY"},"items":[{"item":"plan-basic","name":{"zh":"99元畅享套餐","en":"Basic plan"},"kind":"plan","active":true,"monthly_fee":{"minor":9900,"currency":"CNY"},"price_changes":[],"contract":{"contract":"contract-365-days","start":"2025-08-22","end":"2026-08-22","lock_in":true,"clause":"CN-30","fee_rule":"share-of-remaining","full_fee":{"minor":36500,"currency":"CNY"},"terms_changed_on":null,"concluded":null},"depends_on":[],"shared_with":0},{"item":"video-pack","name":{"zh":"视频会员","en":"Video pack"},"kind":"add-on","active":true,"monthly_fee":{"minor":1500,"currency":"CNY"},"price_changes":[],"contract":null,"depends_on":[],"shared_with":0}],"balances":[],"charges":[],"ported_in_on":null,"language":"zh","routes":["sms"],"closed_at":null},"audience":{"subscription":"sub-linecontract01","masked_number":"120****4895","language":"zh","routes":["sms"],"channel":"web","names":{"plan-basic":{"zh":"99元畅享套餐","en":"Basic plan"},"video-pack":{"zh":"视频会员","en":"Video pack"}}},"state":"approved","answers":{},"grounds":[],"due":null}',1773133200000000,'cn-carrier@2026.1+1d7c8f96cf52','',1773133200000000);
INSERT INTO "cases" VALUES('3c59970b-61f4-51d0-9c59-1f7d69fcb8a7',1,1,'126481f5-a7e8-5bd4-9d65-0a36b89c7c72',0,'{"request_id":"3c59970b-61f4-51d0-9c59-1f7d69fcb8a7","open":false,"application":{"kind":"product","items":["video-pack"],"reason":"other","requested_end":"2026-03-10T09:00:00Z","accepted_at":"2026-03-10T09:00:00Z","proof":{"agent":"agent-7","call":"call-0815","identity_document":null,"signed_paper":null},"resubmission_of":null,"policy":"cn-carrier@2026.1+1d7c8f96cf52"},"subscription":{"subscription":"sub-hotline01","masked_number":"120****5933","status":"active","account":"open","segment":"personal","real_name_verified":true,"arrears":{"minor":0,"currency":"CNY"},"items":[{"item":"plan-basic","name":{"zh":"99元畅享套餐","en":"Basic plan"},"kind":"plan","active":true,"monthly_fee":{"minor":9900,"currency":"CNY"},"price_changes":[],"contract":null,"depends_on":[],"shared_with":0},{"item":"video-pack","name":{"zh":"视频会员","en":"Video pack"},"kind":"add-on","active":true,"monthly_fee":{"minor":1500,"currency":"CNY"},"price_changes":[],"contract":null,"depends_on":[],"shared_with":0}],"balances":[],"charges":[],"ported_in_on":null,"language":"zh","routes":["sms"],"closed_at":null},"audience":{"subscription":"sub-hotline01","masked_number":"120****5933","language":"zh","routes":["sms"],"channel":"hotline","names":{"video-pack":{"zh":"视频会员","en":"Video pack"}}},"state":"approved","answers":{},"grounds":[],"due":null}',1773133200000000,'cn-carrier@2026.1+1d7c8f96cf52','',1773133200000000);
INSERT INTO "cases" VALUES('46c1e320-3bd7-50ee-963e-e3badfd04f78',1,1,'d889fc2b-fa2b-5201-bcc6-1f7b12623528',0,'{"request_id":"46c1e320-3bd7-50ee-963e-e3badfd04f78","open":false,"application":{"kind":"product","items":["video-pack"],"reason":"other","requested_end":"2026-03-10T09:00:00Z","accepted_at":"2026-03-10T09:00:00Z","proof":{"agent":null,"call":null,"identity_document":null,"signed_paper":null},"resubmission_of":null,"policy":"cn-carrier@2026.1+1d7c8f96cf52"},"subscription":{"subscription":"sub-freeaddon02","masked_number":"120****7617","status":"active","account":"open","segment":"personal","real_name_verified":true,"arrears":{"minor":0,"currency":"CNY"},"items":[{"item":"plan-basic","name":{"zh":"99元畅享套餐","en":"Basic plan"},"kind":"plan","active":true,"monthly_fee":{"minor":9900,"currency":"CNY"},"price_changes":[],"contract":null,"depends_on":[],"shared_with":0},{"item":"video-pack","name":{"zh":"视频会员","en":"Video pack"},"kind":"add-on","active":true,"monthly_fee":{"minor":1500,"currency":"CNY"},"price_changes":[],"contract":null,"depends_on":[],"shared_with":0},{"item":"music-pack","name":{"zh":"音乐会员","en":"Music pack"},"kind":"add-on","active":true,"monthly_fee":{"minor":800,"currency":"CNY"},"price_changes":[],"contract":null,"depends_on":[],"shared_with":0}],"balances":[],"charges":[],"ported_in_on":null,"language":"zh","routes":["sms"],"closed_at":null},"audience":{"subscription":"sub-freeaddon02","masked_number":"120****7617","language":"zh","routes":["sms"],"channel":"app","names":{"video-pack":{"zh":"视频会员","en":"Video pack"}}},"state":"approved","answers":{},"grounds":[],"due":null}',1773133200000000,'cn-carrier@2026.1+1d7c8f96cf52','',1773133200000000);
INSERT INTO "cases" VALUES('e2223428-1fba-5f58-89d0-eec443e83bf6',1,1,'0234ec16-f583-580a-8f68-a735de682b77',0,'{"request_id":"e2223428-1fba-5f58-89d0-eec443e83bf6","open":false,"application":{"kind":"port-out","items":[],"reason":"other","requested_end":"2026-03-10T09:00:00Z","accepted_at":"2026-03-10T09:00:00Z","proof":{"agent":null,"call":null,"identity_document":null,"signed_paper":null},"resubmission_of":null,"policy":"cn-carrier@2026.1+1d7c8f96cf52"},"subscription":{"subscription":"sub-portobstacles01","masked_number":"120****9196","status":"active","account":"open","segment":"personal","real_name_verified":false,"arrears":{"minor":4500,"currency":"CNY"},"items":[{"item":"plan-basic","name":{"zh":"99元畅享套餐","en":"Basic plan"},"kind":"plan","active":true,"monthly_fee":{"minor":9900,"currency":"CNY"},"price_changes":[],"contract":{"contract":"contract-365-days","start":"2025-08-22","end":"2026-08-22","lock_in":true,"clause":"CN-30","fee_rule":"share-of-remaining","full_fee":{"minor":36500,"currency":"CNY"},"terms_changed_on":null,"concluded":null},"depends_on":[],"shared_with":0}],"balances":[],"charges":[],"ported_in_on":"2026-02-08","language":"zh","routes":["sms"],"closed_at":null},"audience":{"subscription":"sub-portobstacles01","masked_number":"120****9196","language":"zh","routes":["sms"],"channel":"app","names":{"plan-basic":{"zh":"99元畅享套餐","en":"Basic plan"}}},"state":"ended","answers":{},"grounds":[{"code":"port-out-arrears","rule":"port-out-arrears","clause":"CN-20","reason":{"zh":"账户有已出账而未结清的费用。","en":"Billed fees on the account are not paid yet."},"remedy":{"zh":"请先缴清欠费，再重新申请携号转网。","en":"Pay what is open, then ask to port out again."}},{"code":"port-out-real-name","rule":"port-out-real-name","clause":"CN-20","reason":{"zh":"该号码尚未完成实名登记。","en":"The real name of this line''s holder is not verified."},"remedy":{"zh":"请携带有效证件到营业厅办理实名登记，再重新申请。","en":"Have it verified at a counter with your identity document, then ask again."}},{"code":"port-out-lock-in","rule":"port-out-lock-in","clause":"CN-20","reason":{"zh":"仍有明确约定在网期限的合约未到期。","en":"A contract that expressly binds you to stay has not ended."},"remedy":{"zh":"请等合约到期，或先按约定解除合约，再重新申请。","en":"Wait until it ends or release it as it provides, then ask again."}},{"code":"port-out-too-soon","rule":"port-out-too-soon","clause":"CN-20","reason":{"zh":"上次携入至今 30 天，不足 120 天。","en":"Ported in 30 days ago; 120 days must have passed."},"remedy":{"zh":"满 120 天后可重新申请。","en":"Ask again once 120 days have passed."}}],"due":null}',1773133200000000,'cn-carrier@2026.1+1d7c8f96cf52','',1773133200000000);
INSERT INTO "cases" VALUES('cb1135c0-f864-5bab-9f8e-a00efcba9018',1,1,'43845fb0-30f0-56e1-9fdf-fab188e12def',0,'{"request_id":"cb1135c0-f864-5bab-9f8e-a00efcba9018","open":false,"application":{"kind":"line","items":[],"reason":"other","requested_end":"2026-03-10T09:00:00Z","accepted_at":"2026-03-10T09:00:00Z","proof":{"agent":"clerk-3","call":null,"identity_document":"doc-4711","signed_paper":null},"resubmission_of":null,"policy":"cn-carrier@2026.1+1d7c8f96cf52"},"subscription":{"subscription":"sub-counter01","masked_number":"120****2390","status":"active","account":"open","segment":"personal","real_name_verified":true,"arrears":{"minor":0,"currency":"CNY"},"items":[{"item":"plan-basic","name":{"zh":"99元畅享套餐","en":"Basic plan"},"kind":"plan","active":true,"monthly_fee":{"minor":9900,"currency":"CNY"},"price_changes":[],"contract":{"contract":"contract-365-days","start":"2025-08-22","end":"2026-08-22","lock_in":true,"clause":"CN-30","fee_rule":"share-of-remaining","full_fee":{"minor":36500,"currency":"CNY"},"terms_changed_on":null,"concluded":null},"depends_on":[],"shared_with":0}],"balances":[],"charges":[],"ported_in_on":null,"language":"zh","routes":["letter","sms"],"closed_at":null},"audience":{"subscription":"sub-counter01","masked_number":"120****2390","language":"zh","routes":["letter","sms"],"channel":"counter","names":{"plan-basic":{"zh":"99元畅享套餐","en":"Basic plan"}}},"state":"approved","answers":{"identity-document":"doc-4711"},"grounds":[],"due":null}',1773133200000000,'cn-carrier@2026.1+1d7c8f96cf52','',1773133200000000);
CREATE TABLE claims (
	name VARCHAR NOT NULL, 
	holder VARCHAR, 
	times BIGINT NOT NULL, 
	last VARCHAR DEFAULT '' NOT NULL, 
	PRIMARY KEY (name)
);
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
INSERT INTO "inbox" VALUES('82fd5512-7517-5520-a504-e1c4687a973e',1773133200000000);
INSERT INTO "inbox" VALUES('a04dd40e-0703-5d74-bb9c-acc140209bba',1773133200000000);
INSERT INTO "inbox" VALUES('fcc1eb2c-7d02-5b65-b799-120ce19d7da5',1773133200000000);
INSERT INTO "inbox" VALUES('a51959f5-d2b5-5843-be3b-ad8c0c68badf',1773133200000000);
INSERT INTO "inbox" VALUES('bfe873d8-0fde-58f9-92a2-933eac6325fc',1773133200000000);
INSERT INTO "inbox" VALUES('0d175c08-92c0-582b-9fe9-1bd8e8d2dddf',1773133200000000);
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
INSERT INTO "sqlite_sequence" VALUES('outbox',12);
COMMIT;
