"""Addresses of what people save."""

from django.urls import path

from dashboard.saved import layouts, undo, views

app_name = "saved"

urlpatterns = [
    path("views/", views.views, name="views"),
    path("views/save/", views.save, name="save"),
    path("views/layout/", layouts.lay_out, name="layout"),
    path("views/undo/", undo.undo, name="undo"),
    path("views/<int:view>/", views.change, name="change"),
    path("views/<int:view>/delete/", views.delete, name="delete"),
]
