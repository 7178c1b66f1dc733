"""The address of the overview."""

from django.urls import path

from dashboard.overview import views
from dashboard.page.no_role import no_role_page
from dashboard.permissions.declare import requires
from dashboard.permissions.permission import Permission

urlpatterns = [path("", requires(Permission.VIEW_EVENTS, views.overview, otherwise=no_role_page), name="home")]
