"""The API as a whole: the accounts that a token sees, and the routes into each of them."""

import re
from collections.abc import Sequence

from logsync.simulator.company.account import Account
from logsync.simulator.server.access import ID
from logsync.simulator.server.directory import listed_accounts, verified_token
from logsync.simulator.server.http import AUTHENTICATION_ERROR, NO_METHOD, NO_ROUTE, Answer, Request

BASE_PATH = "/client/v4/"


class Api:
    """Answers requests whose token is valid."""

    def __init__(self, accounts: Sequence[Account]) -> None:
        self.companies = [account.company for account in accounts]
        self.account_by_id = {account.id: account for account in accounts}

    def answer(self, request: Request, token: str) -> Answer:
        if request.method != "GET":
            return NO_METHOD
        path = request.path.removeprefix(BASE_PATH)
        if path == "user/tokens/verify":
            return verified_token(self.companies[0], token)
        if path == "accounts":
            return listed_accounts(self.companies, request.query)
        match = re.fullmatch(f"accounts/{ID}/(tokens/verify|access/.+|gateway/.+|logs/audit)", path)
        if match is None:
            return NO_ROUTE
        account = self.account_by_id.get(match[1])
        if account is None:
            return AUTHENTICATION_ERROR
        if match[2] == "tokens/verify":
            return verified_token(self.companies[0], token)
        return account.access.answer(match[2], request, token)
