"""Addresses of the pages about users."""

from django.urls import path

from dashboard.permissions.declare import requires
from dashboard.permissions.permission import Permission
from dashboard.users import views

app_name = "users"

urlpatterns = [
    path("users/", requires(Permission.MANAGE_USERS, views.UserListView.as_view()), name="list"),
    path("users.csv", requires(Permission.MANAGE_USERS, views.UserExportView.as_view(format="csv")), name="csv"),
    path("users.json", requires(Permission.MANAGE_USERS, views.UserExportView.as_view(format="json")), name="json"),
    path("users/invite/", requires(Permission.MANAGE_USERS, views.InviteView.as_view()), name="invite"),
    path("users/<int:user>/", requires(Permission.MANAGE_USERS, views.UserView.as_view()), name="user"),
]
