"""What a door says to a caller whom it does not believe, who may not, or who asks too much."""

from contracts.words import Text
from runtime.http.problem_codes import Code, code

_SHOW = (
    "出示渠道的令牌或签名，见 docs/channels.zh-CN.md。",
    "Show the channel's token or signature: docs/channels.md.",
)
_COME_AGAIN = ("请按 Retry-After 再试。", "Come again after Retry-After seconds.")

CALLERS: dict[str, Code] = {
    "not-signed-in": code(401, ("没有出示身份。", "Nobody signed in."), _SHOW),
    "token-refused": code(
        401, ("令牌不被接受。", "The token is not believed."), ("取一个新令牌再试。", "Get a new token and try again.")
    ),
    "signature-refused": code(
        401,
        ("签名不被接受。", "The signature is not believed."),
        (
            "按 docs/channels.zh-CN.md 对方法、地址、代表谁和正文重新签名。",
            "Sign method, address, for whom and body anew, as docs/channels.md says.",
        ),
    ),
    "keys-away": code(503, ("身份提供方的公钥暂时取不到。", "The identity provider's keys are away."), _COME_AGAIN),
    "no-channel": code(
        403,
        ("该客户端不属于任何渠道。", "This client is no channel."),
        ("请运营者在 TUIDING_CHANNELS_CLIENTS 中登记它。", "Have the operator name it in TUIDING_CHANNELS_CLIENTS."),
    ),
    "not-for-this-channel": code(
        403,
        ("该渠道不能办理此事。", "This channel may not do this."),
        ("请改用其他渠道，见 docs/channels.zh-CN.md 的表。", "Use another channel: the table in docs/channels.md."),
    ),
    "channel-not-yours": code(
        403,
        ("channel 不是您的渠道。", "The channel in the body is not yours."),
        ("channel 写自己的渠道。", "Name your own channel."),
    ),
    "agent-not-yours": code(
        403,
        ("proof.agent 与令牌中的坐席不符。", "proof.agent is not the agent of the credentials."),
        ("不写 proof.agent，以令牌为准。", "Leave proof.agent out: it comes from the credentials."),
    ),
    "agent-missing": code(
        403,
        ("令牌没有说明是哪位坐席。", "The credentials name no agent."),
        ("用坐席自己的令牌。", "Use a token of the agent's own, with the claim agent."),
    ),
    "staff-proof-missing": code(
        403,
        ("代办须附客户凭证。", "Whoever acts for a customer must bring a proof of it."),
        (
            "热线写 proof.call；营业厅写 proof.identity_document，确认时写 proof.signed_paper。",
            "Hotline: proof.call. Counter: proof.identity_document, and proof.signed_paper for a confirmation.",
        ),
    ),
    "too-many-requests": code(429, ("请求过于频繁。", "You ask too often."), _COME_AGAIN),
    "too-many-commands": code(
        429,
        ("该用户今天的操作次数已到上限。", "For this subscription there were too many commands today."),
        ("请按 Retry-After 再试，或联系运营者。", "Come again after Retry-After seconds, or ask the operator."),
    ),
}
REASONS = {
    "two-ways": Text(zh="同时出示了令牌和签名。", en="A token and a signature came together."),
    "twice": Text(zh="同一个身份头出现了两次。", en="A header of the credentials came twice."),
    "another-key": Text(zh="Idempotency-Key 与 webhook-id 不同。", en="Its Idempotency-Key is not its webhook-id."),
    "too-large": Text(zh="令牌过大。", en="The token is too large."),
    "malformed": Text(zh="格式不对。", en="It is not of that form."),
    "header": Text(zh="令牌头有不该有的内容。", en="The token's header holds what does not belong there."),
    "type": Text(zh="typ 不是 at+jwt。", en="Its typ is not at+jwt."),
    "key": Text(zh="kid 不是身份提供方的公钥。", en="Its kid is no key of the identity provider."),
    "algorithm": Text(zh="算法不是该公钥所用的。", en="Its algorithm is not the one of that key."),
    "signature": Text(zh="签名不符。", en="Its signature does not fit."),
    "times": Text(zh="缺少 exp 或 iat，或不是时间。", en="exp or iat is missing, or no time."),
    "expired": Text(zh="已过期。", en="It has expired."),
    "not-yet": Text(zh="尚未生效。", en="It does not hold yet."),
    "too-long": Text(zh="有效期过长。", en="It holds for too long."),
    "issuer": Text(zh="签发者不对。", en="It is of another issuer."),
    "audience": Text(zh="不是发给本服务的。", en="It is not for this service."),
    "claims": Text(zh="sub、client_id、jti、subscriptions 或 agent 不符合约定。",
                   en="sub, client_id, jti, subscriptions or agent is not as agreed."),
}  # fmt: skip
