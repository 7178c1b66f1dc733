"""The address of the overview."""

from django.urls import path

from dashboard.overview import views
from dashboard.permissions.declare import requires
from dashboard.permissions.permission import Permission

urlpatterns = [path("", requires(Permission.VIEW_EVENTS, views.overview), name="home")]
