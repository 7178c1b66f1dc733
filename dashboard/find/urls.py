"""The address of the box at the top of every page."""

from django.urls import path

from dashboard.find import views

app_name = "find"

urlpatterns = [path("find/", views.FindView.as_view(), name="find")]
