"""The address of the box at the top of every page."""

from django.urls import path

from dashboard.permissions.declare import requires
from dashboard.permissions.permission import Permission
from dashboard.search import views

app_name = "search"

urlpatterns = [path("search/", requires(Permission.VIEW_EVENTS, views.SearchView.as_view()), name="page")]
