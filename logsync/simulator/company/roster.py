"""Who works at Meridian, what they use, and in which groups they are: the tables behind `company.py`."""

# Name, country, connection (how they sign in), team, title.
PEOPLE = """
Jane Doe          | DE | okta       | design      | Product Designer
Tomás Reyes       | ES | okta       | engineering | Staff Engineer
Priya Nair        | IN | okta       | sre         | Site Reliability Engineer
Ben Okafor        | NG | okta       | engineering | Software Engineer
Anna Kowalski     | PL | okta       | engineering | Engineering Manager
Ken Watanabe      | JP | okta       | sre         | Site Reliability Engineer
Ravi Patel        | IN | okta       | engineering | Software Engineer
Yuki Sato         | JP | okta       | data        | Data Engineer
Liam Byrne        | IE | okta       | engineering | Software Engineer
Jonas Weber       | DE | okta       | engineering | Software Engineer
Inês Costa        | PT | okta       | design      | Design Lead
Nora Jensen       | DK | okta       | security    | Security Engineer
Felix Braun       | DE | okta       | sre         | Platform Engineer
Karin Bauer       | DE | okta       | data        | Data Analyst
Maya Lind         | SE | okta       | engineering | Software Engineer
Theo Grant        | GB | okta       | engineering | Software Engineer
Omar Haddad       | AE | okta       | support     | Support Engineer
Nina Berg         | NO | okta       | support     | Support Lead
Luca Romano       | IT | okta       | sales       | Account Executive
Aisha Khan        | GB | okta       | data        | Data Scientist
Peter Novotný     | CZ | okta       | engineering | Software Engineer
Sam Ortega        | DE | okta       | security    | Security Lead
Linh Trần         | VN | okta       | engineering | Software Engineer
Zanele Dlamini    | ZA | okta       | support     | Support Engineer
Mateo Quispe      | PE | okta       | engineering | Software Engineer
Chloé Martin      | FR | okta       | design      | UX Researcher
Kwame Mensah      | GH | okta       | sre         | Site Reliability Engineer
Ingrid Solberg    | NO | okta       | engineering | Principal Engineer
Arjun Mehta       | IN | okta       | data        | Analytics Engineer
Sofía Herrera     | MX | okta       | engineering | Software Engineer
Min-jun Park      | KR | okta       | engineering | Software Engineer
Fatima El-Amin    | MA | okta       | support     | Support Engineer
Łukasz Wójcik     | PL | okta       | security    | Security Engineer
Hannah Cohen      | IL | okta       | engineering | Software Engineer
Diego Carvalho    | BR | okta       | sre         | Site Reliability Engineer
Emily Carter      | US | okta       | engineering | Director of Engineering
Noah Williams     | US | okta       | data        | Data Engineer
Wei Chen          | SG | okta       | engineering | Software Engineer
Lena Fischer      | DE | azureAD    | finance     | Payroll Specialist
Matthias Huber    | AT | azureAD    | finance     | Controller
Giulia Conti      | IT | azureAD    | sales       | Account Executive
Olivia Brown      | GB | azureAD    | people      | HR Business Partner
Søren Holm        | DK | azureAD    | finance     | Accountant
Elif Yılmaz       | TR | azureAD    | sales       | Sales Manager
Andrei Popescu    | RO | azureAD    | support     | Support Engineer
Marta García      | ES | azureAD    | people      | Recruiter
Joost de Vries    | NL | azureAD    | sales       | Sales Engineer
Amina Diallo      | SN | azureAD    | support     | Support Engineer
Katarina Horvat   | HR | azureAD    | finance     | Accountant
James Murphy      | IE | azureAD    | sales       | Account Executive
Thandiwe Nkosi    | ZA | azureAD    | people      | Office Manager
Björn Lindqvist   | SE | azureAD    | finance     | Finance Director
Camille Dubois    | FR | azureAD    | sales       | Partner Manager
Hiroshi Tanaka    | JP | azureAD    | sales       | Country Manager
Grace Thompson    | US | azureAD    | people      | Head of People
Rafael Souza      | BR | azureAD    | support     | Support Engineer
Viktor Marek      | CZ | onetimepin | contractor  | Penetration Tester
Salma Benali      | MA | onetimepin | contractor  | Technical Writer
Jack Wilson       | AU | onetimepin | contractor  | Frontend Contractor
Neha Kapoor       | IN | onetimepin | contractor  | QA Contractor
Paulo Mendes      | PT | onetimepin | contractor  | Auditor
"""

# Hours from UTC. Fixed, as a demo needs no daylight saving time.
UTC_OFFSETS = {
    "AE": 4, "AT": 1, "AU": 10, "BR": -3, "CZ": 1, "DE": 1, "DK": 1, "ES": 1, "FR": 1, "GB": 0, "GH": 0,
    "HR": 1, "IE": 0, "IL": 2, "IN": 5, "IT": 1, "JP": 9, "KR": 9, "MA": 0, "MX": -6, "NG": 1, "NL": 1,
    "NO": 1, "PE": -5, "PL": 1, "PT": 0, "RO": 2, "SE": 1, "SG": 8, "SN": 0, "TR": 3, "US": -5, "VN": 7,
    "ZA": 2,
}  # fmt: skip

# Name, host label, type, teams that may enter ("*" for all but contractors, "**" for all), paths.
APPLICATIONS = """
Grafana    | grafana  | self_hosted | **                                    | /login /d/api-latency/overview /explore /api/live/ws /public/build/app.js
Jira       | jira     | self_hosted | **                                    | / /browse/OPS-4182 /secure/Dashboard.jspa /rest/api/2/search /s/assets/batch.css
GitLab     | gitlab   | self_hosted | engineering sre data design security contractor | /login /meridian/platform /-/merge_requests /assets/application.js
Confluence | wiki     | self_hosted | **                                    | / /display/HOME /pages/viewpage.action /s/batch.js
Payroll    | payroll  | self_hosted | *                                     | / /payslips /admin/runs
VPN portal | vpn      | self_hosted | *                                     | / /connect /profile
Vault      | vault    | self_hosted | engineering sre security              | /ui/ /ui/vault/secrets /v1/auth/oidc/oidc/callback
Argo CD    | argocd   | self_hosted | engineering sre                       | /applications /auth/callback /api/v1/stream/applications
Sentry     | sentry   | self_hosted | engineering data support              | /issues/ /auth/login/ /organizations/meridian/projects
Metabase   | metabase | self_hosted | data finance sales                    | / /dashboard/7-revenue /api/card/91/query
CRM        | crm      | saas        | sales finance support                 | /sso/saml /lightning/page/home
Bastion    | bastion  | ssh         | sre security                          | /
Front desk | desk     | vnc         | people                                | /
"""  # noqa: E501

# Name, provider that pushes it over SCIM, teams that belong to it ("*" for all of that provider's people).
GROUPS = """
eng-prod       | okta    | engineering sre
sre-oncall     | okta    | sre
data-platform  | okta    | data
design         | okta    | design
security       | okta    | security
support-l2     | okta    | support
all-staff      | okta    | *
payroll-admins | azureAD | finance
sales-emea     | azureAD | sales
people-ops     | azureAD | people
helpdesk       | azureAD | support
Meridian Staff | azureAD | *
"""

# Each is a division with an identity provider of its own, at Okta and at Entra ID in turns.
DIVISIONS = ("Contractors", "B2B", "Retail", "Field", "Logistics", "Academy", "Agencies", "Clinics")
DIVISIONS_OF_CONTRACTORS = ("Contractors", "B2B", "Agencies")
DIVISION_TITLES = ("Lead", "Deputy Lead", "Coordinator", *(3 * ("Specialist", "Analyst", "Assistant")))
DIVISION_GIVEN_NAMES = (
    "Adele Bilal Cora Dagny Emeka Fiona Goran Hedda Iris Joris Kira Lars Mira Nils Petra Rosa Vera Zoran"
)
DIVISION_FAMILY_NAMES = (
    "Abara Bosch Cardoso Delgado Engel Ferrari Haas Ivanov Keller Larsen Meyer Nowak Olsen Ricci Toth Wolf"
)

# Further accounts belong to sisters of Meridian.
SISTERS = ("Labs", "Retail", "Health", "Energy", "Logistics", "Capital", "Studios", "Foods", "Air")

# New hires are made from these names, one each working day.
GIVEN_NAMES = "Amara Bruno Celine Dario Esra Farid Gita Hugo Ivana Jun Kofi Leila Marek Naoko Oskar Pilar"
FAMILY_NAMES = "Adeyemi Blanc Castro Dvorak Eriksen Farouk Gupta Hofer Ito Jansen Kaya Lopez Moreau"
