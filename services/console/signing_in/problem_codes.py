"""What the console says to whoever may not: not signed in, not this role, not this page."""

from runtime.http.problem_codes import code

CODES = {
    "sign-in-needed": code(
        401,
        ("需要先登录。", "Nobody is signed in."),
        (
            "请打开 /sign-in；命令行请运行 tuiding signin。",
            "Open /sign-in; on the command line: tuiding signin.",
        ),
    ),
    "role-too-low": code(
        403,
        ("您的角色不能执行此操作。", "Your role may not do this."),
        ("请由有权限的同事操作。", "Ask somebody whose role may."),
    ),
    "forged-token": code(
        403,
        ("该表单不是由本会话的页面发出的。", "This form does not come from a page of this session."),
        ("请重新打开页面再试；程序请使用令牌。", "Open the page again and repeat it; programs sign in with a token."),
    ),
    "link-unusable": code(
        403,
        ("该链接已用过、已过期，或不属于这里。", "This link was used already, has ended, or is not from here."),
        ("请运行 tuiding signin --link 获取新链接。", "Get a new one: tuiding signin --link."),
    ),
    "sign-in-unusable": code(
        403,
        ("登录没有完成。", "The sign-in was not completed."),
        (
            "请从登录页重新开始；若总是如此，请核对服务器时间和身份提供方的设置。",
            "Begin again on the sign-in page; if it stays so, compare the clocks and the provider's settings.",
        ),
    ),
    "no-role": code(
        403,
        ("您没有控制台的角色。", "You have no role on this console."),
        (
            "请让管理员把您加入相应的组（TUIDING_OIDC_ROLES）。",
            "Ask to be put into one of the groups of TUIDING_OIDC_ROLES.",
        ),
    ),
    "provider-away": code(
        503,
        ("身份提供方没有响应。", "The identity provider does not answer."),
        ("请稍后再试。", "Try again in a while."),
    ),
}
