"""One account of the simulated Cloudflare: a company, what goes wrong there, its directory and its logs."""

from logsync.simulator.company.company import OKTA, Company, IdentityProvider
from logsync.simulator.logs.entra import EntraUpdates
from logsync.simulator.logs.log import Log
from logsync.simulator.logs.logins import Logins
from logsync.simulator.logs.okta import OktaUpdates
from logsync.simulator.logs.scim import ScimUpdates
from logsync.simulator.policies.policies import Policies
from logsync.simulator.server.access import Access, Parts
from logsync.simulator.server.applications import Applications
from logsync.simulator.server.audit_log import AuditLog
from logsync.simulator.server.directory import Directory
from logsync.simulator.server.log_endpoints import Habits, Logs
from logsync.simulator.server.users import Users
from logsync.simulator.story.story import Story


class Account:
    """`logins_per_day` and `scim_per_day` are rows a day; the account's SCIM providers share the latter.

    `tools` is how many further applications it has.
    """

    def __init__(
        self, company: Company, logins_per_day: int, scim_per_day: int, habits: Habits, *, tools: int = 0
    ) -> None:
        self.company = company
        self.story = Story(company)
        self.policies = Policies(company, self.story, tools)
        logins = Log(company, Logins(company, self.story), logins_per_day)
        self.access = Access(
            Directory(company, lambda person: self.story.is_active(person, habits.now())),
            Applications(company, self.policies, habits),
            Applications(company, self.policies, habits, filtered=True),
            Parts(
                Logs(company, logins, self._scim_updates(scim_per_day), habits),
                Users(company, self.policies, logins, habits),
                AuditLog(company, self.policies, habits),
            ),
        )

    @property
    def id(self) -> str:
        return self.company.account_id

    def _scim_updates(self, per_day: int) -> dict[str, Log]:
        """Return the logs of the providers by `idp_id`."""
        providers = [idp for idp in self.company.identity_providers if idp.has_scim]
        return {idp.id: Log(self.company, self._author(idp), per_day // len(providers)) for idp in providers}

    def _author(self, provider: IdentityProvider) -> ScimUpdates:
        author = OktaUpdates if provider.type == OKTA else EntraUpdates
        return author(self.company, self.story, provider)
