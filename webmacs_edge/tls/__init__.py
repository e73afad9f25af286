"""The certificate of this box: made, watched, replaced while the appliance runs."""
