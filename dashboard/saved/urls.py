"""Addresses of what people save."""

from django.urls import path

from dashboard.permissions.declare import requires
from dashboard.permissions.permission import Permission
from dashboard.saved import layouts, undo, views

app_name = "saved"

urlpatterns = [
    path("views/", requires(Permission.VIEW_EVENTS, views.views), name="views"),
    path("views/save/", requires(Permission.VIEW_EVENTS, views.save), name="save"),
    path("views/layout/", requires(Permission.VIEW_EVENTS, layouts.lay_out), name="layout"),
    path("views/undo/", requires(Permission.VIEW_EVENTS, undo.undo), name="undo"),
    path("views/<int:view>/", requires(Permission.VIEW_EVENTS, views.change), name="change"),
    path("views/<int:view>/delete/", requires(Permission.VIEW_EVENTS, views.delete), name="delete"),
]
