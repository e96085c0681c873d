BEGIN TRANSACTION;
CREATE TABLE alarms (
	request_id VARCHAR NOT NULL, 
	name VARCHAR NOT NULL, 
	cause VARCHAR NOT NULL, 
	root VARCHAR NOT NULL, 
	due BIGINT NOT NULL, 
	PRIMARY KEY (request_id, name)
);
INSERT INTO "alarms" VALUES('9635b617-9262-5013-9d0f-5d4e05d07bb1','service-end','27b01c9a-fe2a-5e6f-a14b-0aed3a414572','f0913f94-488f-51e9-aacd-91036d718dd0',1775725200000000);
INSERT INTO "alarms" VALUES('cb1135c0-f864-5bab-9f8e-a00efcba9018','service-end','9d5c7754-8d3c-5f98-ab6d-31e52ceb5791','43845fb0-30f0-56e1-9fdf-fab188e12def',1775725200000000);
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
INSERT INTO "cases" VALUES('9635b617-9262-5013-9d0f-5d4e05d07bb1',1,1,'f0913f94-488f-51e9-aacd-91036d718dd0',1,'{"request_id":"9635b617-9262-5013-9d0f-5d4e05d07bb1","open":true,"state":"scheduled","audience":{"subscription":"sub-linecontract01","masked_number":"120****4895","language":"zh","routes":["sms"],"channel":"web","names":{"plan-basic":{"zh":"99元畅享套餐","en":"Basic plan"},"video-pack":{"zh":"视频会员","en":"Video pack"}}},"kind":"line","items":["plan-basic","video-pack"],"dates":{"requested":"2026-03-10T09:00:00Z","promised":"2026-04-10T09:00:00Z","effective":null,"service_end":"2026-04-09T09:00:00Z","charge_end":"2026-04-09T09:00:00Z","asked":"2026-03-10T09:00:00Z"},"withdrawal_wanted":false,"confirmations":[],"held":[],"unconfirmed":false,"ended":[],"refused":[],"doubtful":{},"asked_again":[],"late":false,"restoring":[],"restored":[],"repairing":[],"reopening":{"fee":{"minor":5000,"currency":"CNY"},"clauses":["CN-17","CN-13-quarantine"]},"kept":null,"code_issued_at":null,"code_until":null,"look_up_refused":false}',1773133200000000,'cn-carrier@2026.1+1d7c8f96cf52','',1773133200000000);
INSERT INTO "cases" VALUES('46c1e320-3bd7-50ee-963e-e3badfd04f78',2,1,'d889fc2b-fa2b-5201-bcc6-1f7b12623528',0,'{"request_id":"46c1e320-3bd7-50ee-963e-e3badfd04f78","open":false,"state":"done","audience":{"subscription":"sub-freeaddon02","masked_number":"120****7617","language":"zh","routes":["sms"],"channel":"app","names":{"video-pack":{"zh":"视频会员","en":"Video pack"}}},"kind":"product","items":["video-pack"],"dates":{"requested":"2026-03-10T09:00:00Z","promised":"2026-03-11T09:00:00Z","effective":"2026-03-10T09:00:00Z","service_end":"2026-03-10T09:00:00Z","charge_end":"2026-03-31T16:00:00Z","asked":"2026-03-10T09:00:00Z"},"withdrawal_wanted":false,"confirmations":[],"held":[],"unconfirmed":false,"ended":[{"item":"video-pack","at":"2026-03-10T09:00:00Z","reference":"switch-off-498103efe764ea3c"}],"refused":[],"doubtful":{},"asked_again":[],"late":false,"restoring":[],"restored":[],"repairing":[],"reopening":null,"kept":null,"code_issued_at":null,"code_until":null,"look_up_refused":false}',1773133200000000,'cn-carrier@2026.1+1d7c8f96cf52','',1773133200000000);
INSERT INTO "cases" VALUES('cb1135c0-f864-5bab-9f8e-a00efcba9018',1,1,'43845fb0-30f0-56e1-9fdf-fab188e12def',1,'{"request_id":"cb1135c0-f864-5bab-9f8e-a00efcba9018","open":true,"state":"scheduled","audience":{"subscription":"sub-counter01","masked_number":"120****2390","language":"zh","routes":["letter","sms"],"channel":"counter","names":{"plan-basic":{"zh":"99元畅享套餐","en":"Basic plan"}}},"kind":"line","items":["plan-basic"],"dates":{"requested":"2026-03-10T09:00:00Z","promised":"2026-04-10T09:00:00Z","effective":null,"service_end":"2026-04-09T09:00:00Z","charge_end":"2026-04-09T09:00:00Z","asked":"2026-03-10T09:00:00Z"},"withdrawal_wanted":false,"confirmations":[],"held":[],"unconfirmed":false,"ended":[],"refused":[],"doubtful":{},"asked_again":[],"late":false,"restoring":[],"restored":[],"repairing":[],"reopening":{"fee":{"minor":5000,"currency":"CNY"},"clauses":["CN-17","CN-13-quarantine"]},"kept":null,"code_issued_at":null,"code_until":null,"look_up_refused":false}',1773133200000000,'cn-carrier@2026.1+1d7c8f96cf52','',1773133200000000);
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
INSERT INTO "inbox" VALUES('848fe36d-1072-5ec0-bb9e-79d1f63c7a21',1773133200000000);
INSERT INTO "inbox" VALUES('27b01c9a-fe2a-5e6f-a14b-0aed3a414572',1773133200000000);
INSERT INTO "inbox" VALUES('8b94ed14-6b2f-5ec1-839a-c9dce3e41beb',1773133200000000);
INSERT INTO "inbox" VALUES('4d40825b-745f-5e34-bf66-6537480d702e',1773133200000000);
INSERT INTO "inbox" VALUES('b3641f09-de17-52ed-af48-f51a3bd15c83',1773133200000000);
INSERT INTO "inbox" VALUES('9d5c7754-8d3c-5f98-ab6d-31e52ceb5791',1773133200000000);
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
INSERT INTO "sqlite_sequence" VALUES('outbox',7);
COMMIT;
